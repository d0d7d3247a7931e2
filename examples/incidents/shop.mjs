// Takes payments, and writes what it does as lines of JSON (LoggingConfig LogFormat=JSON). Some cards are declined.
export const handler = async ({ order, card }) => {
  if (card.startsWith('4000')) {
    console.error({ kind: 'declined', order, card: `…${card.slice(-4)}` });
    return { paid: false };
  }
  console.info({ kind: 'paid', order });
  return { paid: true };
};
