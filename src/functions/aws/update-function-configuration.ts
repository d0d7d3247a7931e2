import { assertMayPass } from '../../identity/index.ts';
import { mergeSettings } from '../settings.ts';
import { assertMemory } from './assert-memory.ts';
import { attacher } from './attacher.ts';
import { configuration } from './configuration.ts';
import { assertDeadLetterTarget } from './dead-letter.ts';
import { latestTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { assertRuntime, assertSnapStart } from './runtimes.ts';
import { settingsFromAws } from './settings-from-aws.ts';
import { assertSupported } from './unsupported.ts';

export const updateFunctionConfiguration: FunctionOperation<'UpdateFunctionConfiguration'> =
  (functions) => async (input, context) => {
    const target = latestTarget(input.FunctionName, context);
    const { settings } = functions.find(target).head.latest.definition;
    assertMayPass(input.Role, 'lambda.amazonaws.com', context);
    if (input.Runtime !== undefined) assertRuntime(input.Runtime);
    assertMemory(input.MemorySize);
    assertSupported(input);
    assertDeadLetterTarget(input.DeadLetterConfig);
    using attached = input.Layers === undefined ? undefined : functions.layers.attach(input.Layers, attacher(context));
    const patch = { ...settingsFromAws(input), layers: attached?.layers };
    assertSnapStart(mergeSettings(settings, patch));
    const version = await functions.updateSettings(target, patch, input.RevisionId);
    return configuration(target, version, undefined);
  };
