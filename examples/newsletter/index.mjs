// What has to happen when somebody leaves a newsletter. Each of these functions subscribes to the topic of those who left, and
// knows nothing of the others: whatever else is to be cleaned up becomes one more subscription.

/** The address is taken off the list. */
export const removeFromList = (event) => {
  const { address, list } = left(event);
  console.log(`${address} is off the list ${list}`);
};

/** What was noted about the reader is forgotten. */
export const forgetReader = (event) => {
  const { address } = left(event);
  console.log(`nothing is known of ${address} any more`);
};

/** Its filter policy lets through complaints only. */
export const tellEditor = (event) => {
  const { address, because } = left(event);
  console.log(`to the editor: ${address} left because "${because}"`);
};

/** A topic's event has one record; the message is the text that was published. */
function left({ Records: [{ Sns }] }) {
  return JSON.parse(Sns.Message);
}
