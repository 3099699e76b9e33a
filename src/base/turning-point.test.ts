import assert from "node:assert/strict";
import { test } from "node:test";
import { turningPoint } from "./turning-point.ts";

async function asked(turn: number, from?: number): Promise<{ readonly found: number; readonly questions: number }> {
  let questions = 0;
  const isBefore = async (n: number): Promise<boolean> => {
    questions++;
    return n < turn;
  };
  return { found: await turningPoint(isBefore, from), questions };
}

for (const turn of [0, 1, 2, 1023, 1024, 1025, 3 * 2 ** 20 + 7, 2 ** 40])
  test(`${turn} is found from 0, from just below and from itself`, async () => {
    const { found, questions } = await asked(turn);
    assert.equal(found, turn);
    assert.ok(questions <= 80, `${questions} questions`);
    const near = await asked(turn, Math.max(0, turn - 3));
    assert.equal(near.found, turn);
    assert.ok(near.questions <= 13, `${near.questions} questions`);
    assert.deepEqual(await asked(turn, turn), { found: turn, questions: 1 });
  });

test("a start beyond it is where it is", async () => assert.equal((await asked(7, 9)).found, 9));
