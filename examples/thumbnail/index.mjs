import sharp from 'sharp';

/** Takes `{ image: <base64>, width? }` and answers a JPEG no wider than `width` (default 320 pixels), as base64. */
export const handler = async ({ image, width = 320 }) => {
  const { data, info } = await sharp(Buffer.from(image, 'base64'))
    .rotate() // as the camera's orientation tag says
    .resize({ width, withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer({ resolveWithObject: true });
  console.log(`made a thumbnail of ${info.width} x ${info.height} pixels, ${info.size} bytes`);
  return { image: data.toString('base64'), width: info.width, height: info.height };
};
