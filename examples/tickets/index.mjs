import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import PostalMime from 'postal-mime';

const s3 = new S3Client();
const ses = new SESv2Client();
const Bucket = process.env.BUCKET;

/** Makes a ticket of each letter, which a receipt rule has put into the bucket, and answers who wrote it. */
export const handler = async ({ Records }) => {
  for (const { ses: told } of Records) {
    const { messageId, source, destination } = told.mail;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `letters/${messageId}` }));
    const { subject = '', text = '', attachments } = await PostalMime.parse(await Body.transformToByteArray());
    const id = messageId.slice(0, 8);
    const files = attachments.map(({ filename }) => filename);
    const ticket = { id, from: source, subject, text: text.trim(), files, receivedAt: told.mail.timestamp };
    // Who is told twice of a letter writes the same ticket twice.
    await s3.send(new PutObjectCommand({ Bucket, Key: `tickets/${id}.json`, Body: JSON.stringify(ticket) }));
    const isAutomatic = told.mail.headers.some(({ name }) => name.toLowerCase() === 'auto-submitted');
    // Two that answer each other would never end.
    if (source !== '' && !isAutomatic) await answer(ticket, destination[0]);
    console.log(`ticket ${id}: ${subject}`);
  }
};

async function answer({ id, from, subject }, desk) {
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: desk,
      Destination: { ToAddresses: [from] },
      Content: {
        Simple: {
          Subject: { Data: `[ticket ${id}] ${subject}` },
          Body: { Text: { Data: 'We have your letter, and look after it.' } },
          Headers: [{ Name: 'Auto-Submitted', Value: 'auto-replied' }],
        },
      },
    }),
  );
}
