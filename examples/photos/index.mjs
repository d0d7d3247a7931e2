import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';

const s3 = new S3Client();
const WIDTH = 320;

/** For each photo that came into the bucket, puts a smaller one under `thumbnails/`. The bucket tells of `uploads/` alone. */
export const handler = async ({ Records }) => {
  for (const { s3: told } of Records) {
    const Bucket = told.bucket.name;
    // As forms write it: a plus sign is a space.
    const key = decodeURIComponent(told.object.key.replaceAll('+', ' '));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key, VersionId: told.object.versionId }));
    const thumbnail = await sharp(await Body.transformToByteArray())
      .rotate() // as the camera's orientation tag says
      .resize({ width: WIDTH, withoutEnlargement: true })
      .jpeg({ quality: 80 })
      .toBuffer();
    const Key = key.replace(/^uploads\//, 'thumbnails/');
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: thumbnail, ContentType: 'image/jpeg' }));
    console.log(`made ${Key}, ${thumbnail.length} bytes, of ${told.object.size}`);
  }
};
