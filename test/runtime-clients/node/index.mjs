// What the tests of the runtime clients deploy, in JavaScript.
if (process.env.INIT === 'fail') throw new TypeError('no init');

let count = 0;

const handle = async (event, context) => {
  count += 1;
  switch (event.do) {
    case 'context':
      console.log('about', context.awsRequestId);
      return {
        requestId: context.awsRequestId,
        arn: context.invokedFunctionArn,
        who: context.clientContext.custom.who,
        remainingMs: context.getRemainingTimeInMillis(),
      };
    case 'fail':
      throw new TypeError('as asked');
    case 'exit':
      return process.exit(3);
  }
  return count;
};

export const handler = handle;

export const stream = awslambda.streamifyResponse(async (_event, response) => {
  response.setContentType('text/plain');
  for (const part of ['one ', 'two ', 'three']) response.write(part);
  response.end();
});
