// Fills the orders that come through a queue, several at a time. One that cannot be filled does not hold up the others: the
// function tells which messages failed (ReportBatchItemFailures), and only those come again.
const PRICES = { apple: 40, bread: 350, cheese: 1290 };

export const handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const { messageId, body } of Records) {
    try {
      const { id, cents } = fill(JSON.parse(body));
      console.log(`order ${id} filled: ${(cents / 100).toFixed(2)} EUR`);
    } catch (error) {
      console.error(`message ${messageId} is no order that can be filled: ${error.message}`);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
};

function fill({ id, lines }) {
  const cents = lines.reduce((sum, { item, count }) => {
    if (!Object.hasOwn(PRICES, item)) throw new Error(`there is no "${item}"`);
    if (!Number.isInteger(count) || count < 1) throw new Error(`${count} of "${item}" cannot be sold`);
    return sum + PRICES[item] * count;
  }, 0);
  return { id, cents };
}
