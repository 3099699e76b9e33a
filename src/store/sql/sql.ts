/** A database in this thread: connections, statements, and what SQLite's faults mean. Served ones are `served-sql.ts`'s. */
export { type Cell, Database, type OpenOptions, type SqlCode, SqlFault, Statement, sqlFault } from "./database.ts";
