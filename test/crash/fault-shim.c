/*
 * Preloaded below SQLite: makes the n-th write, sync or truncation of a matching file fail. The tests steer it through
 * a small file that both sides map: no call into this library is needed, and one process can try every n.
 *
 * FAULT_CONTROL  path of the control file: struct control below.
 * FAULT_MATCH    a file is meant when its path contains this.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

struct control {
  int32_t nth;   /* the call that fails, from 1; 0: none */
  int32_t many;  /* how many calls from there on fail */
  int32_t kind;  /* KIND_… */
  int32_t seen;  /* calls counted since the test set it to 0 */
  int32_t failed;
};
enum { KIND_EIO_ANY = 1, KIND_EIO_WRITE, KIND_EIO_SYNC, KIND_ENOSPC_WRITE, KIND_SHORT_WRITE };
enum { CALL_WRITE = 1, CALL_SYNC, CALL_TRUNCATE };

static struct control *control;
static const char *match;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("FAULT_CONTROL");
  match = getenv("FAULT_MATCH");
  if (path == NULL || match == NULL) return;
  int fd = open(path, O_RDWR);
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at != MAP_FAILED) control = at;
  close(fd);
}

static int meant(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, match) != NULL;
}

/* The errno to fail with; 0 to go on; -1 to write half. */
static int verdict(int fd, int call) {
  if (control == NULL || control->kind == 0 || !meant(fd)) return 0;
  int kind = control->kind;
  if ((kind == KIND_EIO_WRITE || kind == KIND_ENOSPC_WRITE || kind == KIND_SHORT_WRITE) && call != CALL_WRITE) return 0;
  if (kind == KIND_EIO_SYNC && call != CALL_SYNC) return 0;
  int n = ++control->seen;
  if (control->nth == 0 || n < control->nth || n >= control->nth + control->many) return 0;
  control->failed++;
  return kind == KIND_SHORT_WRITE ? -1 : kind == KIND_ENOSPC_WRITE ? ENOSPC : EIO;
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL_WRITE                                       \
  int fault = verdict(fd, CALL_WRITE);                   \
  if (fault > 0) { errno = fault; return -1; }           \
  if (fault < 0 && length > 1) length /= 2;

ssize_t write(int fd, const void *bytes, size_t length) { REAL(write); FAIL_WRITE return real(fd, bytes, length); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { REAL(pwrite); FAIL_WRITE return real(fd, bytes, length, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { REAL(pwrite64); FAIL_WRITE return real(fd, bytes, length, at); }

#define FAIL_OTHER(call)                                 \
  int fault = verdict(fd, call);                         \
  if (fault > 0) { errno = fault; return -1; }

int fsync(int fd) { REAL(fsync); FAIL_OTHER(CALL_SYNC) return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); FAIL_OTHER(CALL_SYNC) return real(fd); }
int ftruncate(int fd, off_t length) { REAL(ftruncate); FAIL_OTHER(CALL_TRUNCATE) return real(fd, length); }
int ftruncate64(int fd, off64_t length) { REAL(ftruncate64); FAIL_OTHER(CALL_TRUNCATE) return real(fd, length); }
