import type { Constraints } from '../../../wire/service.ts';
import { elements, length, oneOf, pattern, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { LAYER_RUNTIMES, LISTED, RUNTIMES } from '../runtimes.ts';
import { codeMembers } from './functions.ts';
import { REGION } from './names.ts';
import { ARCHITECTURES, DESCRIPTION, LAYER_VERSION_ARN, MAX_ITEMS_OF_PAGE, STATEMENT_ID } from './shared.ts';

const LAYER_NAME = [
  required,
  length(1, 2_048),
  pattern(`(arn:(aws[a-zA-Z-]*)?:lambda:${REGION}:\\d{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140})`),
];

const VERSION = { layerName: LAYER_NAME, versionNumber: [required] };

const FILTER = {
  // Every runtime that there ever was is taken; the list is AWS's text alone (lambda-facts 14).
  compatibleRuntime: [oneOf(LAYER_RUNTIMES, { taken: RUNTIMES })],
  compatibleArchitecture: [oneOf(ARCHITECTURES)],
  maxItems: MAX_ITEMS_OF_PAGE,
};

export const LAYER_CONSTRAINTS: Constraints<Lambda> = {
  PublishLayerVersion: {
    layerName: LAYER_NAME,
    content: [required],
    ...codeMembers('content.'),
    description: DESCRIPTION,
    compatibleRuntimes: [length(0, 15), oneOf(LISTED, { taken: RUNTIMES })],
    compatibleArchitectures: [length(0, 2), elements(oneOf(ARCHITECTURES))],
    licenseInfo: [length(0, 512), pattern('.*')],
  },
  GetLayerVersion: VERSION,
  GetLayerVersionByArn: { arn: [required, ...LAYER_VERSION_ARN] },
  DeleteLayerVersion: VERSION,
  ListLayers: FILTER,
  ListLayerVersions: { layerName: LAYER_NAME, ...FILTER },
  AddLayerVersionPermission: {
    ...VERSION,
    statementId: [required, ...STATEMENT_ID],
    action: [required, length(0, 22), pattern('lambda:GetLayerVersion')],
    principal: [required, length(0, 10_000), pattern('\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root')],
    organizationId: [length(0, 34), pattern('o-[a-z0-9]{10,32}')],
  },
  GetLayerVersionPolicy: VERSION,
  RemoveLayerVersionPermission: { ...VERSION, statementId: [required, ...STATEMENT_ID] },
};
