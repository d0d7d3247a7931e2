import { isIP } from 'node:net';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { ReceiptAction, ReceiptRule } from '../receipt-rule.ts';
import type { Ses } from '../ses.ts';
import { notYet, page } from './words.ts';

type Client = typeof import('@aws-sdk/client-ses');
type AwsRule = import('@aws-sdk/client-ses').ReceiptRule;
type AwsAction = import('@aws-sdk/client-ses').ReceiptAction;

const PAGE_SIZE = 100;

export function receiptRuleHandlers(ses: () => Ses): Handlers<Client> {
  const sets = () => ses().ruleSets;
  return {
    async CreateReceiptRuleSet({ RuleSetName = '' }, context) {
      await sets().create(context, RuleSetName);
      return {};
    },

    async CloneReceiptRuleSet({ RuleSetName = '', OriginalRuleSetName = '' }, context) {
      await sets().create(context, RuleSetName, OriginalRuleSetName);
      return {};
    },

    async DeleteReceiptRuleSet({ RuleSetName = '' }, context) {
      await sets().delete(context, RuleSetName);
      return {};
    },

    DescribeReceiptRuleSet({ RuleSetName: name = '' }, context) {
      const { createdMs, rules } = sets().get(context, name);
      return { Metadata: metadata(name, createdMs), Rules: rules.map(shownRule) };
    },

    DescribeActiveReceiptRuleSet(_input, context) {
      const active = sets().active(context);
      if (active === undefined) return {};
      return { Metadata: metadata(active.name, active.set.createdMs), Rules: active.set.rules.map(shownRule) };
    },

    ListReceiptRuleSets({ NextToken }, context) {
      const { items, next } = page(
        NextToken,
        PAGE_SIZE,
        (after, countMax) => sets().list(context, after, countMax),
        (text) => new AwsError('InvalidParameterValue', text),
      );
      return { RuleSets: items.map(({ name, value }) => metadata(name, value.createdMs)), ...next };
    },

    async SetActiveReceiptRuleSet({ RuleSetName }, context) {
      await sets().activate(context, RuleSetName || undefined);
      return {};
    },

    async ReorderReceiptRuleSet({ RuleSetName = '', RuleNames = [] }, context) {
      await sets().reorder(context, RuleSetName, RuleNames);
      return {};
    },

    async CreateReceiptRule({ RuleSetName = '', After, Rule }, context) {
      sets().get(context, RuleSetName);
      const rule = ruleOf(Rule);
      await ses().assertPossible(context, RuleSetName, rule);
      await sets().addRule(context, RuleSetName, rule, After || undefined);
      return {};
    },

    async UpdateReceiptRule({ RuleSetName = '', Rule }, context) {
      sets().rule(context, RuleSetName, Rule?.Name ?? '');
      const rule = ruleOf(Rule);
      await ses().assertPossible(context, RuleSetName, rule);
      await sets().replaceRule(context, RuleSetName, rule);
      return {};
    },

    async DeleteReceiptRule({ RuleSetName = '', RuleName = '' }, context) {
      await sets().deleteRule(context, RuleSetName, RuleName);
      return {};
    },

    DescribeReceiptRule({ RuleSetName = '', RuleName = '' }, context) {
      return { Rule: shownRule(sets().rule(context, RuleSetName, RuleName)) };
    },

    async SetReceiptRulePosition({ RuleSetName = '', RuleName = '', After }, context) {
      await sets().moveRule(context, RuleSetName, RuleName, After || undefined);
      return {};
    },

    async CreateReceiptFilter({ Filter }, context) {
      const { Policy, Cidr = '' } = Filter?.IpFilter ?? {};
      if (!isCidr(Cidr)) throw new AwsError('InvalidParameterValue', `Invalid CIDR: ${Cidr}`);
      await sets().addFilter(context, Filter?.Name ?? '', {
        policy: Policy === 'Allow' ? 'Allow' : 'Block',
        cidr: Cidr,
      });
      return {};
    },

    async DeleteReceiptFilter({ FilterName = '' }, context) {
      await sets().deleteFilter(context, FilterName);
      return {};
    },

    ListReceiptFilters(_input, context) {
      const filters = sets().filters(context);
      return {
        Filters: filters.map(({ name, value }) => ({
          Name: name,
          IpFilter: { Policy: value.policy, Cidr: value.cidr },
        })),
      };
    },
  };
}

const metadata = (Name: string, createdMs: number) => ({ Name, CreatedTimestamp: new Date(createdMs) });

function isCidr(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const bitsMax = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) > 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
  );
}

function ruleOf(input: AwsRule | undefined): ReceiptRule {
  const { Name = '', Enabled = false, TlsPolicy, Recipients = [], Actions = [], ScanEnabled = false } = input ?? {};
  return {
    name: Name,
    enabled: Enabled,
    requiresTls: TlsPolicy === 'Require',
    recipients: Recipients,
    actions: Actions.map(actionOf),
    scans: ScanEnabled,
  };
}

function actionOf(input: AwsAction): ReceiptAction {
  const { S3Action: s3, LambdaAction: lambda, SNSAction: sns, BounceAction: bounce, StopAction: stop } = input;
  if (input.WorkmailAction !== undefined) throw notYet('the action WorkMail of receipt rules');
  if (input.ConnectAction !== undefined) throw notYet('the action Connect of receipt rules');
  if (s3 !== undefined) {
    if (s3.KmsKeyArn) throw notYet('the encryption of letters with a key of KMS');
    if (s3.IamRoleArn) throw notYet('roles of actions: let ses.amazonaws.com in by the policy of the bucket');
    return { kind: 's3', bucket: s3.BucketName ?? '', prefix: s3.ObjectKeyPrefix ?? '', topic: s3.TopicArn };
  }
  if (lambda !== undefined) {
    const waits = lambda.InvocationType === 'RequestResponse';
    return { kind: 'lambda', arn: lambda.FunctionArn ?? '', waits, topic: lambda.TopicArn };
  }
  if (sns !== undefined) {
    return { kind: 'sns', topic: sns.TopicArn ?? '', encoding: sns.Encoding === 'Base64' ? 'Base64' : 'UTF-8' };
  }
  if (bounce !== undefined) {
    const {
      SmtpReplyCode: code = '',
      StatusCode: status,
      Message: message = '',
      Sender: sender = '',
      TopicArn: topic,
    } = bounce;
    if (!/^[45]\d\d$/.test(code)) throw new AwsError('InvalidParameterValue', `Invalid SMTP reply code: ${code}`);
    if (status !== undefined && !/^[45]\.\d{1,3}\.\d{1,3}$/.test(status))
      throw new AwsError('InvalidParameterValue', `Invalid status code: ${status}`);
    return { kind: 'bounce', code, status, message: oneLine(message), sender: oneLine(sender), topic };
  }
  if (stop !== undefined) return { kind: 'stop', topic: stop.TopicArn };
  const { HeaderName: name = '', HeaderValue: value = '' } = input.AddHeaderAction ?? {};
  if (!/^[A-Za-z0-9-]{1,50}$/.test(name)) throw new AwsError('InvalidParameterValue', `Invalid header name: ${name}`);
  if (/[\r\n]/.test(value) || value.length > 2_048)
    throw new AwsError('InvalidParameterValue', `Invalid header value: ${value}`);
  return { kind: 'add-header', name, value };
}

/** What stands in a letter's head must not begin another header. */
const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ');

function shownRule({ name, enabled, requiresTls, recipients, actions, scans }: ReceiptRule) {
  return {
    Name: name,
    Enabled: enabled,
    TlsPolicy: requiresTls ? ('Require' as const) : ('Optional' as const),
    Recipients: [...recipients],
    Actions: actions.map(shownAction),
    ScanEnabled: scans,
  };
}

function shownAction(action: ReceiptAction): AwsAction {
  const TopicArn = 'topic' in action ? action.topic : undefined;
  switch (action.kind) {
    case 's3':
      return { S3Action: { TopicArn, BucketName: action.bucket, ObjectKeyPrefix: action.prefix || undefined } };
    case 'lambda': {
      const InvocationType = action.waits ? 'RequestResponse' : 'Event';
      return { LambdaAction: { TopicArn, FunctionArn: action.arn, InvocationType } };
    }
    case 'sns':
      return { SNSAction: { TopicArn: action.topic, Encoding: action.encoding } };
    case 'bounce': {
      const { code: SmtpReplyCode, status: StatusCode, message: Message, sender: Sender } = action;
      return { BounceAction: { TopicArn, SmtpReplyCode, StatusCode, Message, Sender } };
    }
    case 'stop':
      return { StopAction: { TopicArn, Scope: 'RuleSet' } };
    case 'add-header':
      return { AddHeaderAction: { HeaderName: action.name, HeaderValue: action.value } };
  }
}
