import { AwsError } from '../../../wire/aws-error.ts';
import type { SesRefusal, ThingKind } from '../refusal.ts';

/** AWS's codes and texts of version 1 of the API. The texts are as clients have recorded them where they have. */
export function refusalToAws(refusal: SesRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such':
      return noSuch(refusal.what, refusal.name);
    case 'exists':
      return exists(refusal.what, refusal.name);
    case 'too-many':
      return new AwsError('LimitExceededException', tooMany(refusal.what, refusal.countMax));
    case 'rule-set-active':
      return new AwsError('CannotDeleteException', `Cannot delete active rule set: ${refusal.name}`, {
        members: { Name: refusal.name },
      });
    case 'cannot-deliver':
      return cannotDeliver(refusal.to, refusal.name);
    case 'attribute-missing':
      return new AwsError('MissingRenderingAttributeException', missingAttribute(refusal.attribute));
    case 'bad-data':
      return new AwsError('InvalidRenderingParameterException', refusal.flaw);
    case 'bad-template':
      return new AwsError('InvalidTemplateException', refusal.flaw);
    case 'sending-paused': {
      const text = `Sending is paused for configuration set <${refusal.configurationSet}>.`;
      return new AwsError('ConfigurationSetSendingPausedException', text);
    }
    default:
      return aboutSending(refusal, 'InvalidParameterValue');
  }
}

/** Of version 2. */
export function refusalToAwsV2(refusal: SesRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such':
      return new AwsError('NotFoundException', noSuchText(refusal.what, refusal.name));
    case 'exists':
      return new AwsError('AlreadyExistsException', existsText(refusal.what, refusal.name));
    case 'too-many':
      return new AwsError('LimitExceededException', tooMany(refusal.what, refusal.countMax));
    case 'rule-set-active':
    case 'cannot-deliver':
      return new AwsError('BadRequestException', `Invalid value: ${refusal.name}`);
    case 'attribute-missing':
      return new AwsError('BadRequestException', missingAttribute(refusal.attribute));
    case 'bad-data':
    case 'bad-template':
      return new AwsError('BadRequestException', refusal.flaw);
    case 'sending-paused':
      return new AwsError(
        'SendingPausedException',
        `Sending is paused for configuration set <${refusal.configurationSet}>.`,
      );
    default:
      return aboutSending(refusal, 'BadRequestException');
  }
}

type SendingRefusal = Exclude<
  SesRefusal,
  {
    kind:
      | 'no-such'
      | 'exists'
      | 'too-many'
      | 'rule-set-active'
      | 'cannot-deliver'
      | 'attribute-missing'
      | 'bad-data'
      | 'bad-template'
      | 'sending-paused';
  }
>;

function aboutSending(refusal: SendingRefusal, invalid: string): AwsError {
  switch (refusal.kind) {
    case 'not-verified': {
      const region = refusal.region.toUpperCase();
      const text = `Email address is not verified. The following identities failed the check in region ${region}: ${refusal.addresses.join(', ')}`;
      return new AwsError('MessageRejected', text);
    }
    case 'bad-address':
      return new AwsError(invalid, refusal.flaw);
    case 'no-recipient':
      return new AwsError(invalid, 'Empty required headers.');
    case 'too-many-recipients':
      return new AwsError(invalid, `Recipient count exceeds ${refusal.countMax}.`);
    case 'letter-too-long':
      return new AwsError(invalid, `Message length is more than ${refusal.bytesMax} bytes long: '${refusal.bytes}'.`);
    case 'no-relay':
      return new AwsError(
        'NotImplemented',
        'Lambent sends no mail: start it with --smtp-relay smtp://user:password@host:587?from=news@example.com to have a relay.',
      );
  }
}

function noSuch(what: ThingKind, name: string): AwsError {
  const text = noSuchText(what, name);
  switch (what) {
    case 'identity':
      return new AwsError('InvalidParameterValue', text);
    case 'template':
      return new AwsError('TemplateDoesNotExistException', text, { members: { TemplateName: name } });
    case 'configuration-set':
      return new AwsError('ConfigurationSetDoesNotExistException', text, { members: { ConfigurationSetName: name } });
    case 'event-destination':
      return new AwsError('EventDestinationDoesNotExistException', text, { members: { EventDestinationName: name } });
    case 'rule-set':
      return new AwsError('RuleSetDoesNotExistException', text, { members: { Name: name } });
    case 'rule':
      return new AwsError('RuleDoesNotExistException', text, { members: { Name: name } });
    case 'filter':
      return new AwsError('InvalidParameterValue', text);
  }
}

function noSuchText(what: ThingKind, name: string): string {
  switch (what) {
    case 'identity':
      return `Email identity ${name} does not exist.`;
    case 'template':
      return `Template ${name} does not exist`;
    case 'configuration-set':
      return `Configuration set <${name}> does not exist.`;
    case 'event-destination':
      return `Event destination <${name}> does not exist.`;
    case 'rule-set':
      return `Rule set does not exist: ${name}`;
    case 'rule':
      return `Rule does not exist: ${name}`;
    case 'filter':
      return `Filter does not exist: ${name}`;
  }
}

function exists(what: ThingKind, name: string): AwsError {
  const text = existsText(what, name);
  if (what === 'configuration-set')
    return new AwsError('ConfigurationSetAlreadyExistsException', text, { members: { ConfigurationSetName: name } });
  if (what === 'event-destination')
    return new AwsError('EventDestinationAlreadyExistsException', text, { members: { EventDestinationName: name } });
  return new AwsError('AlreadyExistsException', text, { members: { Name: name } });
}

function existsText(what: ThingKind, name: string): string {
  switch (what) {
    case 'identity':
      return `Email identity ${name} already exist.`;
    case 'template':
      return `Template ${name} already exists`;
    case 'configuration-set':
      return `Configuration set <${name}> already exists.`;
    case 'event-destination':
      return `An event destination with name <${name}> already exists.`;
    case 'rule-set':
      return `Rule set already exists: ${name}`;
    case 'rule':
      return `Rule already exists: ${name}`;
    case 'filter':
      return `Filter already exists: ${name}`;
  }
}

function cannotDeliver(to: 's3' | 'lambda' | 'sns', name: string): AwsError {
  if (to === 's3')
    return new AwsError('InvalidS3ConfigurationException', `Could not write to bucket: ${name}`, {
      members: { Bucket: name },
    });
  if (to === 'lambda')
    return new AwsError('InvalidLambdaFunctionException', `Invalid Lambda function: ${name}`, {
      members: { FunctionArn: name },
    });
  return new AwsError('InvalidSnsTopicException', `Invalid SNS topic: ${name}`, { members: { Topic: name } });
}

const PLURALS: Record<ThingKind, string> = {
  identity: 'identities',
  template: 'templates',
  'configuration-set': 'configuration sets',
  'event-destination': 'event destinations',
  'rule-set': 'rule sets',
  rule: 'rules',
  filter: 'filters',
};

const tooMany = (what: ThingKind, countMax: number) => `The limit of ${countMax} ${PLURALS[what]} is reached.`;
const missingAttribute = (name: string) => `Attribute '${name}' is not present in the rendering data.`;
