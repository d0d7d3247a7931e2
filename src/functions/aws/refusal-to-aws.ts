import { StorageFull } from '../../store/outage.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { UNRESERVED_MIN } from '../concurrency.ts';
import { type FunctionRefusal, Refused } from '../refusal.ts';

const STALE = 'The Revision Id provided does not match the latest Revision Id. Call the';

/** The error that the client gets, for whatever an operation threw. */
export function errorToAws(error: unknown): unknown {
  if (error instanceof Refused) return refusalToAws(error.refusal);
  // The client cannot help it, but whoever operates both sides should not have to search for the reason.
  if (error instanceof StorageFull) return new AwsError('ServiceException', error.message, { cause: error });
  return error;
}

/** No default branch: a new refusal does not compile until it has its AWS answer. Texts: lambda-facts 2 to 5, 9.4, 11, 12.1, 14, 15.1. */
export function refusalToAws(refusal: FunctionRefusal): AwsError {
  switch (refusal.kind) {
    case 'empty-zip':
      return invalid('Uploaded file must be a non-empty zip');
    case 'unreadable-zip':
      return invalid('Could not unzip uploaded file. Please check your file, then try to upload again.');
    case 'zip-too-large':
      return new AwsError(
        'RequestEntityTooLargeException',
        `Zipped size must be smaller than ${refusal.bytesMax} bytes`,
      );
    case 'unzipped-too-large':
      return invalid(`Unzipped size must be smaller than ${refusal.bytesMax} bytes`);
    case 'function-exists':
      return conflict(`Function already exist: ${refusal.name}`);
    case 'no-such-function':
      return missing(`Function not found: ${refusal.arn}`);
    case 'no-such-alias':
      return missing(`Cannot find alias arn: ${refusal.arn}`);
    case 'no-alias-to-update':
      return missing(`Alias not found: ${refusal.arn}`);
    case 'alias-exists':
      return conflict(`Alias already exists: ${refusal.arn}`);
    case 'too-many-weights':
      return invalid('Number of items in AdditionalVersionWeights cannot be greater than 1');
    case 'same-version-twice':
      return invalid(
        `Invalid function version ${refusal.version}. Function version ${refusal.version} is already included in routing configuration.`,
      );
    case 'weights-with-latest':
      return invalidUntyped('$LATEST is not supported for an alias pointing to more than 1 version');
    case 'update-in-progress':
      return conflict(
        `The operation cannot be performed at this time. An update is in progress for resource: ${refusal.arn}`,
      );
    case 'wrong-state':
      return conflict(
        `The operation cannot be performed at this time. The function is currently in the following state: ${refusal.state}${
          refusal.state === 'Inactive' ? '. An invocation brings it back.' : ''
        }`,
      );
    case 'stale-revision':
      return new AwsError(
        'PreconditionFailedException',
        `${STALE} GetFunction/GetAlias API to retrieve the latest Revision Id`,
      );
    case 'stale-policy-revision':
      return new AwsError('PreconditionFailedException', `${STALE} GetPolicy API to retrieve the latest Revision Id`);
    case 'other-code':
      return invalid(
        `CodeSHA256 (${refusal.given}) is different from current CodeSHA256 in $LATEST (${refusal.current}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    case 'role-not-assumable':
      return invalid('The role defined for the function cannot be assumed by Lambda.');
    case 'role-of-other-account':
      // As AWS's clients report it, with status 403: aws-toolkit-azure-devops's issue 546.
      return new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.');
    case 'variables-too-large':
      return invalid(
        `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${refusal.json}`,
      );
    case 'reserved-variables':
      return invalid(
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${refusal.names.join(', ')}`,
      );
    case 'variables-with-nul':
      return invalid(
        `Lambda was unable to configure your environment variables because the values of some contain a NUL character, which no process can be given. Keys: ${refusal.names.join(', ')}`,
      );
    case 'levels-of-text-log':
      return invalid(
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "Json" and try again.',
      );
    case 'code-storage-full':
      return new AwsError('CodeStorageExceededException', 'Code storage limit exceeded.');
    case 'too-many-tags':
      return invalid('Number of tags exceeds resource tag limit.');
    case 'reserved-tag': // What AWS's other services answer; Lambda's own text is not known.
      return invalid('aws: prefixed tag key names are not allowed for external use.');
    case 'latest-not-deletable':
      return invalid('$LATEST version cannot be deleted without deleting the function.');
    case 'alias-not-deletable':
      return invalid('Deletion of aliases is not currently supported.');
    case 'version-of-aliases':
      // As AWS's clients report it, for example go-lambda-cleanup's issue 45.
      return conflict(
        `Unable to delete version because the following aliases reference it: [${refusal.aliases.join(', ')}]`,
      );
    case 'no-policy-for-latest':
      return invalid('We currently do not support adding policies for $LATEST.');
    case 'policy-too-long':
      return new AwsError(
        'PolicyLengthExceededException',
        `The final policy size (${refusal.bytes}) is bigger than the limit (${refusal.bytesMax}).`,
      );
    case 'statement-exists':
      return conflict(
        `The statement id (${refusal.id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    case 'no-policy':
      return missing('No policy is associated with the given resource.');
    case 'no-policy-of-missing-function':
      return missing(`No policy found for: ${refusal.arn}`);
    case 'no-such-statement':
      return missing(`Statement ${refusal.id} is not found in resource policy.`);
    case 'nothing-to-show':
      return missing('The resource you requested does not exist.');
    case 'too-many-layers':
      return invalid(`Cannot reference more than ${refusal.layersMax} layers.`);
    case 'no-such-layer-version':
      return invalid(`Layer version ${refusal.arn} does not exist.`);
    case 'layer-denied':
      return new AwsError(
        'AccessDeniedException',
        `User: ${refusal.caller} is not authorized to perform: lambda:GetLayerVersion on resource: ${refusal.arn} because no resource-based policy allows the lambda:GetLayerVersion action`,
      );
    case 'layer-elsewhere':
      return invalid(
        `Layers are not in the same region as the function. Layers are expected to be in region ${refusal.region}.`,
      );
    case 'same-layer-twice':
      return invalid(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${refusal.arns.join(' and ')} are versions of the same layer.`,
      );
    case 'layers-too-large':
      return invalid(`Layers consume more than the available size of ${refusal.bytesMax} bytes`);
    case 'code-and-layers-too-large':
      return invalid(
        `Function code combined with layers exceeds the maximum allowed size of ${refusal.bytesMax} bytes. The actual size is ${refusal.bytes} bytes.`,
      );
    case 'layer-version-below-one':
      return invalid('Layer Version Cannot be less than 1');
    case 'no-layer-version-to-share':
      return missing(`Layer version ${refusal.arn} does not exist.`);
    case 'stale-layer-policy-revision':
      return new AwsError(
        'PreconditionFailedException',
        `${STALE} GetLayerPolicy API to retrieve the latest Revision Id`,
      );
    case 'reserves-too-much':
      return invalidUntyped(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MIN}].`,
      );
    case 'reserves-too-little':
      return invalidUntyped(
        ` ReservedConcurrentExecutions  ${refusal.reserved} should not be lower than function's total provisioned concurrency [${refusal.provisioned}].`,
      );
    case 'provisions-more-than-reserved':
      return invalid(
        'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
      );
    case 'provisions-more-than-left':
      return invalidUntyped(
        `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${refusal.left}].`,
      );
    case 'provisions-too-much':
      return invalidUntyped(
        `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MIN}].`,
      );
    case 'provisions-snap-start':
      return invalid('Provisioned Concurrency is not supported for SnapStart enabled functions.');
    case 'provisions-latest':
      return invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
    case 'provisions-weights':
      // As AWS's clients report it; its guide: "can't manage provisioned concurrency settings on the alias while the routing configuration is in place".
      return invalid('Invalid alias configuration for Provisioned Concurrency');
    case 'provisioned-already':
      return conflict(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
      );
    case 'provisioned-by-alias':
      return conflict('Version is pointed by a Provisioned Concurrency alias');
    case 'nothing-provisioned':
      return new AwsError(
        'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function',
      );
    case 'no-such-code-signing-config':
      return new AwsError(
        'ResourceNotFoundException',
        `The Lambda code signing configuration ${refusal.arn} can not be found.`,
        { members: { Type: undefined } },
      );
    case 'no-code-signing-config-to-use':
      return new AwsError(
        'CodeSigningConfigNotFoundException',
        `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${refusal.arn}.`,
      );
    // AWS documents the refusal, not its text.
    case 'code-signing-config-in-use':
      return conflict(
        `The code signing configuration ${refusal.arn} cannot be deleted while functions have it: ListFunctionsByCodeSigningConfig names them, and DeleteFunctionCodeSigningConfig takes it from one.`,
      );
    case 'code-not-trusted': {
      const { arn, authority } = refusal;
      const told = `Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for ${arn}.`;
      const hint = ` It leads to ${authority}, which this server does not trust: see lambent serve --signing-roots.`;
      return new AwsError('CodeVerificationFailedException', authority === undefined ? told : told + hint);
    }
    // AWS's text is not known.
    case 'code-signature-expired':
      return new AwsError(
        'CodeVerificationFailedException',
        `Lambda cannot deploy the function. The signature of the function or layer has expired. Check the provided signature for ${refusal.arn}.`,
      );
    // Recorded for content that was changed, where the API's model names InvalidCodeSignatureException.
    case 'code-signature-broken':
      return new AwsError(
        refusal.part === 'content' ? 'CodeVerificationFailedException' : 'InvalidCodeSignatureException',
        `Lambda cannot deploy the function. The function or layer code is not properly signed. This can mean that the code was signed incorrectly or modified after it was signed. Check the provided signature for ${refusal.arn}.`,
      );
    case 'runtime-of-alias':
      return invalid(
        `${refusal.arn} is an alias, and runtime updates are managed for versions. Name $LATEST or a published version's number.`,
      );
    case 'no-such-runtime-version':
      return invalid(
        `The runtime version ${refusal.arn} cannot be used for ${refusal.runtime}: ${
          refusal.installed === undefined ? 'no version of it is installed' : `this machine has ${refusal.installed}`
        }.`,
      );
    case 'no-function-for-events':
      return missing("The function doesn't exist.");
    case 'no-event-invoke-config':
      return missing(`The function ${refusal.arn} doesn't have an EventInvokeConfig`);
    case 'destinations-unsupported': {
      const success = printedDestination('OnSuccess', refusal.onSuccess);
      const failure = printedDestination('OnFailure', refusal.onFailure);
      return invalid(
        `The provided destination config DestinationConfig(onSuccess=${success}, onFailure=${failure}) is invalid.`,
      );
    }
    case 'destination-is-source':
      return invalid("You can't specify the function as a destination for itself.");
    case 'no-such-destination':
      return invalid(`The destination ARN ${refusal.arn} is invalid.`);
    case 'no-function-for-url':
      return missing('Function does not exist');
    case 'url-exists':
      return conflict(
        `Failed to create function url config for [functionArn = ${refusal.arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    case 'cors-without-origins':
      // As AWS's clients report it, for example SST's pull request 229.
      return invalid("You can't leave AllowOrigins as empty when Cors is enabled.");
    // AWS's text is not known.
    case 'cors-method':
      return invalid(
        `AllowMethods cannot have '${refusal.method}'. You can use GET, PUT, POST, DELETE, HEAD, PATCH, and the wildcard character (*).`,
      );
  }
}

export const invalid = (message: string) => new AwsError('InvalidParameterValueException', message);
/** Recorded without the member Type (lambda-facts 10). */
const invalidUntyped = (message: string) =>
  new AwsError('InvalidParameterValueException', message, { members: { Type: undefined } });
const conflict = (message: string) => new AwsError('ResourceConflictException', message);
const missing = (message: string) => new AwsError('ResourceNotFoundException', message);

/** As Java prints the member that was given: null, or an object with an ARN or without one. */
function printedDestination(member: string, arn: string | null | undefined): string {
  return arn === undefined ? 'null' : `${member}(destination=${arn})`;
}
