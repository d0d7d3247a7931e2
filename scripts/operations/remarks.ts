// What is written by hand about single operations. `docs/compatibility.md` gets it from here (`npm run compatibility`).

/** What somebody who uses the operation should know, by service and operation. */
export const REMARKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lambda: {
    CreateFunction: 'code comes as `ZipFile` or from a bucket, not as a container image',
    UpdateFunctionCode: 'as CreateFunction',
    CreateAlias:
      "AWS's newest model has a limit of aliases per function (AliasLimitExceededException) and does not say which; there is none here",
    Invoke:
      '`RequestResponse` and `DryRun`, `LogType=Tail`, `Qualifier`, client context; `Event`: see *Asynchronous invocations* below',
    InvokeAsync: 'deprecated by AWS; the same as Invoke with `Event`',
    InvokeWithResponseStream:
      "`RequestResponse` and `DryRun`, `LogType=Tail`; functions in Node (`awslambda.streamifyResponse`) stream piece by piece, others answer in one piece. A function's error is `ErrorCode` `Unhandled` with the payload as `ErrorDetails`, also when it comes in mid-stream; a runtime that ends, or whose connection breaks, in mid-stream is `Runtime.TruncatedResponse`. A piped source that fails is told with its own error, where AWS says `Runtime.TruncatedResponse`",
    TagResource: 'functions, code signing configurations and event source mappings have tags',
    CreateEventSourceMapping:
      'for queues, streams, Kafka, Amazon MQ and DocumentDB; queues are polled, the others not yet: see *Event source mappings* below',
    PutProvisionedConcurrencyConfig: 'for versions and aliases',
    PutFunctionCodeSigningConfig: 'see *Code signing* below',
    PutRuntimeManagementConfig:
      "kept for each version, until the function gets another runtime. Lambent has one interpreter of each runtime, so `Manual` takes the ARN of that one only, and who replaces it (`lambent runtime add`, the system's packages) replaces it for every function, also for those with `Manual` or `FunctionUpdate`. A new version starts with `Auto`. AWS's texts for an ARN that is missing, too much or unknown, and for an alias, are not known, and are ours",
    CreateFunctionUrlConfig:
      'for functions and aliases; kept and returned, and requests to the URL answer that they are not served yet: see *Function URLs* below',
    PutFunctionEventInvokeConfig:
      'for `$LATEST`, versions and aliases. Destinations that are functions of the same account must exist; those of others, queues, topics, buses and buckets are not looked up, nor whether the role may write to them',
    UpdateFunctionEventInvokeConfig:
      'how AWS merges an update that has one of the two destinations is not known; here the other one stays',
    PutFunctionRecursionConfig: 'see *Recursive loops* below',
    AddPermission: 'decides which callers of other accounts are let in; see *Accounts and regions* below',
    PutResourcePolicy:
      "the policy that AddPermission adds to, as a whole; kept, and shown without the spaces between its parts. Every statement's `Resource` must match the function, version or alias that it is put on; `NotResource` not yet. AWS's texts for a document that is none are not known, and are ours",
    AddLayerVersionPermission: 'a permission for an organization lets nobody in',
  },
  sts: {
    AssumeRole: 'without session policies, session tags, source identity and MFA',
  },
  cloudwatch: {
    PutMetricData: 'an entity is taken and not kept: nobody reads it here',
    GetMetricData:
      'metric math without anomaly detection, Contributor Insights and Metrics Insights; a search takes terms that must all be met, and no OR, NOT or brackets; expressions that make more than 5,040,000 data points are refused',
    PutMetricAlarm:
      'on a threshold; actions are topics and functions. The text of some refusals is ours, where none of AWS has been recorded',
    PutCompositeAlarm: 'without suppressors of actions',
    DescribeAlarmHistory: 'settings and states; not which actions were done',
    TagResource: 'alarms have tags',
  },
  logs: {
    FilterLogEvents: 'with filter patterns',
  },
  ses: {
    VerifyEmailIdentity: 'at once in a domain of the account (`serve --mail-domain`), else by the link of a letter',
    VerifyDomainIdentity: 'at once for a domain of the account (`serve --mail-domain`); nothing is asked of the DNS',
    CreateReceiptRule:
      'with the actions S3 (without keys of KMS and roles), Lambda, SNS, Bounce, Stop and AddHeader; WorkMail and Connect are refused',
    CreateConfigurationSetEventDestination:
      'topics, of what happens here: `send`, `delivery`, `bounce`, `renderingFailure`; `reject` and `complaint` are taken and never come up, `open` and `click` are refused',
    SendBulkTemplatedEmail: 'each letter by itself; what is refused does not keep the others',
    GetSendQuota: 'nothing is held to it: the relay has limits of its own',
    GetSendStatistics: 'complaints and rejects do not come up',
    GetIdentityDkimAttributes: 'nothing is signed here: the relay may sign',
    SetIdentityFeedbackForwardingEnabled: 'kept; bounces are told to topics and in the log, not forwarded as letters',
  },
  sesv2: {
    SendEmail:
      'written, raw and out of templates, with attachments; without lists of contacts, tenants and endpoints of several regions',
    CreateEmailIdentity: 'as VerifyEmailIdentity and VerifyDomainIdentity of SES; without keys for DKIM',
    CreateConfigurationSet: 'options of sending and tags; what nobody does here is refused by its name',
    ListEmailIdentities: 'without filters; by the route of older clients, too',
    ListConfigurationSets: 'by the route of older clients, too',
    PutEmailIdentityFeedbackAttributes: 'kept, as SetIdentityFeedbackForwardingEnabled of SES',
  },
};

/** What cannot be set here, whose only answer is AWS's that it is not set. */
export const NEVER_THERE: Readonly<Record<string, readonly string[]>> = {
  s3: ['GetBucketLifecycleConfiguration', 'GetBucketReplication', 'GetBucketWebsite', 'GetObjectLockConfiguration'],
};

/** Why errors that AWS's model names for an operation do not come up here. Without `operations`: in none of them. */
export interface Absence {
  readonly errors: readonly string[];
  readonly operations?: readonly string[];
  readonly because: string;
  /** It comes up, but whether tests see it depends on what the machine has: the tables do not claim it. */
  readonly dependsOnMachine?: true;
}

export const ABSENCES: Readonly<Record<string, readonly Absence[]>> = {
  lambda: [
    {
      errors: ['TooManyRequestsException'],
      because: 'invocations are throttled; how often the control plane may be asked is not limited',
    },
    {
      errors: ['ServiceException'],
      because:
        'it is the answer when Lambent itself fails, for example because the disk is full; tests see it where that can be brought about',
    },
    {
      errors: [
        'EC2AccessDeniedException',
        'EC2ThrottledException',
        'EC2UnexpectedException',
        'ENILimitReachedException',
        'ENINotReadyException',
        'InvalidSecurityGroupIDException',
        'InvalidSubnetIDException',
        'SubnetIPAddressLimitReachedException',
      ],
      because: 'functions cannot be put into a VPC yet',
    },
    {
      errors: [
        'EFSIOException',
        'EFSMountConnectivityException',
        'EFSMountFailureException',
        'EFSMountTimeoutException',
        'S3FilesMountConnectivityException',
        'S3FilesMountFailureException',
        'S3FilesMountTimeoutException',
      ],
      because: 'functions cannot mount shared file systems yet',
    },
    {
      errors: ['KMSAccessDeniedException', 'KMSDisabledException', 'KMSInvalidStateException', 'KMSNotFoundException'],
      because: "customers' keys are not supported yet",
    },
    {
      errors: ['CodeArtifactUserDeletedException'],
      because: "code is kept here, and in nobody else's storage",
    },
    {
      errors: ['InvalidZipFileException'],
      because: 'it is found out when the code is deployed, which is then refused',
    },
    {
      errors: ['ResourceNotReadyException'],
      because:
        'it is about the connection of an Inactive function to its VPC, and functions cannot be put into one yet',
    },
    {
      errors: [
        'DurableExecutionAlreadyStartedException',
        'FunctionVersionsPerCapacityProviderLimitExceededException',
        'ModeNotSupportedException',
        'NoPublishedVersionException',
        'ServiceQuotaExceededException',
      ],
      because: 'there are no durable executions and capacity providers yet',
    },
    {
      errors: ['SerializedRequestEntityTooLargeException'],
      because: 'AWS does not say what it means beside RequestTooLargeException, which is the answer here',
    },
    { errors: ['UnsupportedMediaTypeException'], because: 'the body is taken for JSON, whatever its Content-Type' },
    {
      errors: ['SnapStartException', 'SnapStartNotReadyException', 'SnapStartTimeoutException'],
      because: 'they come up, but whole tests of SnapStart run only where Python 3.12 or 3.13 is installed',
      dependsOnMachine: true,
    },
    {
      errors: ['SnapStartRegenerationFailureException'],
      because: 'no snapshot of memory is made, and so none is made again',
    },
    {
      errors: ['ResourceConflictException'],
      operations: [
        'DeleteAlias',
        'DeleteFunctionCodeSigningConfig',
        'PutFunctionCodeSigningConfig',
        'DeleteFunctionConcurrency',
        'PutFunctionConcurrency',
        'DeleteProvisionedConcurrencyConfig',
        'PutFunctionRecursionConfig',
        'PutRuntimeManagementConfig',
        'TagResource',
        'UntagResource',
        'DeleteFunctionEventInvokeConfig',
        'PutFunctionEventInvokeConfig',
        'UpdateFunctionEventInvokeConfig',
        'DeleteFunctionUrlConfig',
        'UpdateFunctionUrlConfig',
        'DeleteResourcePolicy',
        'PutResourcePolicy',
      ],
      because: 'a change under way, of the function or of its configuration, is waited for',
    },
    {
      errors: ['InvalidParameterValueException'],
      operations: [
        'GetAlias',
        'DeleteCodeSigningConfig',
        'GetCodeSigningConfig',
        'UpdateCodeSigningConfig',
        'GetFunctionRecursionConfig',
        'PutFunctionRecursionConfig',
        'AddLayerVersionPermission',
        'GetLayerVersionPolicy',
        'RemoveLayerVersionPermission',
        'DeleteResourcePolicy',
        'GetResourcePolicy',
      ],
      because: 'whatever can be wrong with the request itself is a ValidationException',
    },
    {
      errors: ['CodeSigningConfigNotFoundException'],
      operations: [
        'DeleteFunctionCodeSigningConfig',
        'GetFunctionCodeSigningConfig',
        'UpdateFunctionCode',
        'UpdateFunctionConfiguration',
      ],
      because: 'a configuration that a function has cannot be deleted',
    },
    {
      errors: ['ResourceNotFoundException'],
      operations: ['DeleteLayerVersion', 'ListLayerVersions'],
      because: 'what is not there is deleted already, and has no versions to list',
    },
    {
      errors: ['ResourceNotFoundException'],
      operations: ['PublishLayerVersion'],
      because: 'all that a new version needs comes with the request',
    },
    {
      errors: ['InvalidParameterValueException'],
      operations: ['DeleteEventSourceMapping', 'GetEventSourceMapping'],
      because: 'an id of another length is a ValidationException, and any other one that is not there is missed',
    },
    {
      errors: ['ResourceConflictException'],
      operations: ['DeleteEventSourceMapping'],
      because: 'a mapping with which something is under way answers ResourceInUseException',
    },
    { errors: ['PublicPolicyException'], because: 'public access to functions cannot be blocked here' },
    {
      errors: ['AliasLimitExceededException'],
      because: 'AWS does not say how many aliases a function may have, and here it may have any number',
    },
  ],
};
