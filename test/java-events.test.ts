// AWS's published event classes (aws-lambda-java-events), which its runtime maps from JSON in ways of their own: names that
// are no Java names, times, bytes. The events are those of AWS's documentation, shortened.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { compiled, filesIn, javaRuntimes } from '../src/runtimes/testing/java-functions.ts';
import { deploy, invoke } from './deploy.ts';
import { isUnreachable } from './runtime-client-builds.ts';
import { cleanUpOf, lambdaClient, serve, temporaryDirectory } from './server.ts';

const CODE = `package app;
import com.amazonaws.services.lambda.runtime.events.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
public class Events {
  public SQSBatchResponse sqs(SQSEvent event) {
    List<SQSBatchResponse.BatchItemFailure> failed = new ArrayList<>();
    for (SQSEvent.SQSMessage message : event.getRecords()) {
      System.out.println(message.getEventSourceArn() + " " + message.getMd5OfBody() + " " + message.getAttributes().get("SentTimestamp"));
      if (message.getMessageAttributes().get("bad").getStringValue().equals("yes")) failed.add(new SQSBatchResponse.BatchItemFailure(message.getMessageId()));
    }
    return new SQSBatchResponse(failed);
  }
  public APIGatewayProxyResponseEvent rest(APIGatewayProxyRequestEvent event) {
    String body = event.getHttpMethod() + " " + event.getPath() + " " + event.getQueryStringParameters().get("q") + " "
      + event.getRequestContext().getIdentity().getSourceIp() + " " + event.getIsBase64Encoded();
    return new APIGatewayProxyResponseEvent().withStatusCode(201).withHeaders(Map.of("x-a", "b")).withBody(body).withIsBase64Encoded(false);
  }
  public APIGatewayV2HTTPResponse http(APIGatewayV2HTTPEvent event) {
    String body = event.getRequestContext().getHttp().getMethod() + " " + event.getRawPath() + " " + event.getCookies();
    return APIGatewayV2HTTPResponse.builder().withStatusCode(200).withBody(body).build();
  }
  public String kinesis(KinesisEvent event) {
    KinesisEvent.Record record = event.getRecords().get(0).getKinesis();
    return StandardCharsets.UTF_8.decode(record.getData()) + " " + record.getApproximateArrivalTimestamp().getTime();
  }
  public String dynamodb(DynamodbEvent event) {
    var record = event.getRecords().get(0);
    var change = record.getDynamodb();
    return record.getEventName() + " " + change.getKeys().get("Id").getN() + " " + change.getNewImage().get("Blob").getB().remaining()
      + " " + change.getApproximateCreationDateTime().getTime();
  }
  public String s3(S3Event event) {
    var record = event.getRecords().get(0);
    return record.getS3().getObject().getKey() + " " + record.getS3().getObject().getUrlDecodedKey() + " " + record.getEventTime().getMillis();
  }
  public String sns(SNSEvent event) {
    return event.getRecords().get(0).getSNS().getMessage() + " " + event.getRecords().get(0).getSNS().getTimestamp().getMillis();
  }
  public String scheduled(ScheduledEvent event) {
    return event.getDetailType() + " " + event.getTime().getMillis() + " " + event.getResources();
  }
}`;

const MESSAGE = {
  body: 'text',
  receiptHandle: 'handle',
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1545082649183' },
  md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:my-queue',
  awsRegion: 'us-east-2',
};
const bad = (stringValue: string) => ({ bad: { stringValue, dataType: 'String', binaryListValues: [] } });

/** By method of the handler: an event, and what it makes of it. */
const EVENTS: Readonly<Record<string, readonly [event: unknown, answer: unknown, log?: string]>> = {
  sqs: [
    {
      Records: [
        { messageId: 'one', messageAttributes: bad('no'), ...MESSAGE },
        { messageId: 'two', messageAttributes: bad('yes'), ...MESSAGE },
      ],
    },
    { batchItemFailures: [{ itemIdentifier: 'two' }] },
    'arn:aws:sqs:us-east-2:123456789012:my-queue e4e68fb7bd0e697a0ae8f1bb342846b3 1545082649183\n',
  ],
  rest: [
    {
      resource: '/{proxy+}',
      path: '/a/b',
      httpMethod: 'POST',
      queryStringParameters: { q: 'ü' },
      requestContext: { identity: { sourceIp: '192.0.2.1' }, requestTimeEpoch: 1583349317135 },
      body: 'eA==',
      isBase64Encoded: true,
    },
    { statusCode: 201, headers: { 'x-a': 'b' }, body: 'POST /a/b ü 192.0.2.1 true', isBase64Encoded: false },
  ],
  http: [
    { version: '2.0', rawPath: '/p', cookies: ['a', 'b'], requestContext: { http: { method: 'GET', path: '/p' } } },
    { statusCode: 200, body: 'GET /p [a, b]', isBase64Encoded: false },
  ],
  kinesis: [
    {
      Records: [
        {
          kinesis: { partitionKey: '1', data: 'w7xi', approximateArrivalTimestamp: 1545084650.987 },
          eventVersion: '1.0',
        },
      ],
    },
    'üb 1545084650987',
  ],
  dynamodb: [
    {
      Records: [
        {
          eventName: 'INSERT',
          dynamodb: {
            Keys: { Id: { N: '101' } },
            NewImage: { Blob: { B: 'AAEC' } },
            ApproximateCreationDateTime: 1428537600,
          },
        },
      ],
    },
    'INSERT 101 3 1428537600000',
  ],
  s3: [
    {
      Records: [
        {
          eventTime: '2019-09-03T19:37:27.192Z',
          s3: { bucket: { name: 'b', arn: 'arn:aws:s3:::b' }, object: { key: 'a+b', size: 7, eTag: 'e' } },
        },
      ],
    },
    'a+b a b 1567539447192',
  ],
  sns: [{ Records: [{ Sns: { Message: 'hello', Timestamp: '2019-01-02T12:45:07.000Z' } }] }, 'hello 1546433107000'],
  scheduled: [
    { 'detail-type': 'Scheduled Event', time: '2015-10-08T16:53:06Z', resources: ['arn:rule'], detail: {} },
    'Scheduled Event 1444323186000 [arn:rule]',
  ],
};

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>test</artifactId><version>1</version><dependencies><dependency>
<groupId>com.amazonaws</groupId><artifactId>aws-lambda-java-events</artifactId><version>3.14.0</version>
</dependency></dependencies></project>`;

/** The published library and what it needs; or a sentence why they cannot be had. */
async function eventClasses(directory: string): Promise<{ jars: string[] } | { leftOut: string }> {
  const lib = join(directory, 'lib');
  mkdirSync(lib);
  writeFileSync(join(directory, 'pom.xml'), POM);
  try {
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`];
    await promisify(execFile)('mvn', args, { cwd: directory });
  } catch (error) {
    const said = `${(error as { stdout?: string }).stdout ?? ''}${error}`;
    if (/ENOENT|offline/.test(said) || isUnreachable(said))
      return { leftOut: 'the event classes of AWS are left out: Maven or its repository is not there' };
    throw error;
  }
  return { jars: globSync('*.jar', { cwd: lib }).map((jar) => join(lib, jar)) };
}

test('AWS’s event classes are mapped as on AWS', async (t) => {
  const [runtime] = (await javaRuntimes()).runtimes;
  if (runtime === undefined) return t.diagnostic('left out: there is no Java here');
  const cleanUp = cleanUpOf(t);
  const found = await eventClasses(await temporaryDirectory(cleanUp));
  if ('leftOut' in found) return t.diagnostic(`left out: ${found.leftOut}`);
  const { jars } = found;
  const classes = cleanUp.use(await compiled(runtime, { 'app/Events.java': CODE }, jars));
  const libraries = jars.map((jar) => [`lib/${jar.slice(jar.lastIndexOf('/') + 1)}`, readFileSync(jar)]);
  const files = { ...filesIn(classes.path), ...Object.fromEntries(libraries) };
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  for (const [method, [event, expected, log = '']] of Object.entries(EVENTS)) {
    const handler = `app.Events::${method}`;
    await deploy(client, { name: method, runtime: runtime.name, handler, files, memoryMb: 512, timeoutS: 20 });
    const answer = await invoke(client, method, event);
    assert.deepEqual(JSON.parse(answer.text), expected, method);
    assert.ok(answer.log.includes(log), answer.log);
  }
});
