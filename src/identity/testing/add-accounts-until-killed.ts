// Adds accounts for ever, removes every third, and prints each step once it is done. The test of accounts kills it.
import { addAccount, removeAccount } from '../index.ts';

const [dataDir = '', first = ''] = process.argv.slice(2);
for (let number = Number(first); ; number += 1) {
  const account = String(number);
  const { accessKeyId } = await addAccount(dataDir, account);
  process.stdout.write(`${JSON.stringify({ account, accessKeyId })}\n`);
  if (number % 3 !== 0) continue;
  await removeAccount(dataDir, account);
  process.stdout.write(`${JSON.stringify({ account })}\n`);
}
