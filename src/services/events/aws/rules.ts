import { assertMayPass } from '../../../identity/index.ts';
import { readExpression } from '../../../schedules/expression.ts';
import type { Handlers } from '../../../wire/service.ts';
import { DEFAULT_BUS } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { RULE_STATES, type Rule, ruleArn } from '../rule.ts';
import { reachedBus, reachedRule } from './access.ts';
import { page } from './page.ts';
import { checkedPattern } from './patterns.ts';
import { tagsFromAws } from './tags.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

export function ruleHandlers(buses: () => Buses): Handlers<Client> {
  return {
    async PutRule(input, context) {
      const { Name, EventBusName, EventPattern, ScheduleExpression, State, Description, RoleArn, Tags } = input;
      const key = reachedRule(buses(), { rule: Name, bus: EventBusName }, 'PutRule', context);
      if ((EventPattern ?? '') === '' && (ScheduleExpression ?? '') === '')
        throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
      assertMayPass(RoleArn, 'events.amazonaws.com', context);
      const settings = {
        pattern: checkedPattern(EventPattern),
        schedule: checkedSchedule(ScheduleExpression, key.bus),
        state: RULE_STATES.find((state) => state === State) ?? 'ENABLED',
        description: Description,
        roleArn: RoleArn,
      };
      await buses().putRule(key, settings, { tags: tagsFromAws(Tags), createdBy: context.account });
      return { RuleArn: ruleArn(key) };
    },

    DescribeRule({ Name, EventBusName }, context) {
      const key = reachedRule(buses(), { rule: Name, bus: EventBusName }, 'DescribeRule', context);
      const rule = buses().rule(key);
      return { ...ruleToAws(rule), CreatedBy: rule.createdBy };
    },

    ListRules(input, context) {
      const key = reachedBus(buses(), input.EventBusName, 'ListRules', context);
      const { items, answer } = page(
        input,
        input.NamePrefix,
        (wanted) => buses().rules(key, wanted),
        ({ rule }) => rule,
      );
      return { Rules: items.map(ruleToAws), ...answer };
    },

    ListRuleNamesByTarget(input, context) {
      const { TargetArn = '' } = input;
      const key = reachedBus(buses(), input.EventBusName, 'ListRuleNamesByTarget', context);
      const { items, answer } = page(
        input,
        undefined,
        (wanted) => buses().ruleNamesOf(key, TargetArn, wanted),
        (name) => name,
      );
      return { RuleNames: [...items], ...answer };
    },

    async DeleteRule({ Name, EventBusName }, context) {
      await buses().deleteRule(reachedRule(buses(), { rule: Name, bus: EventBusName }, 'DeleteRule', context));
      return {};
    },

    async EnableRule({ Name, EventBusName }, context) {
      const key = reachedRule(buses(), { rule: Name, bus: EventBusName }, 'EnableRule', context);
      await buses().changeRule(key, () => ({ state: 'ENABLED' }));
      return {};
    },

    async DisableRule({ Name, EventBusName }, context) {
      const key = reachedRule(buses(), { rule: Name, bus: EventBusName }, 'DisableRule', context);
      await buses().changeRule(key, () => ({ state: 'DISABLED' }));
      return {};
    },
  };
}

/** The expression as it is kept; nothing for an empty one. */
function checkedSchedule(expression: string | undefined, bus: string): string | undefined {
  if (expression === undefined || expression === '') return undefined;
  if (bus !== DEFAULT_BUS) throw invalid('ScheduleExpression is supported only on the default event bus.');
  if (readExpression(expression, 'rules') === undefined) throw invalid('Parameter ScheduleExpression is not valid.');
  return expression;
}

function ruleToAws(rule: Rule) {
  return {
    Name: rule.rule,
    Arn: ruleArn(rule),
    EventPattern: rule.pattern,
    ScheduleExpression: rule.schedule,
    State: rule.state,
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: rule.bus,
  };
}
