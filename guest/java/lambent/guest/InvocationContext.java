package lambent.guest;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import java.util.Map;

final class InvocationContext implements Context {
    private static String functionName;
    private static String functionVersion;
    private static String logGroupName;
    private static String logStreamName;
    private static int memoryLimitMb;

    private final Channel.Head head;
    private final LambdaLogger logger;
    private final ClientContext clientContext;
    private final CognitoIdentity identity;

    private InvocationContext(Channel.Head head, LambdaLogger logger) {
        this.head = head;
        this.logger = logger;
        clientContext = parsed(head.clientContext, FromClient.class);
        identity = parsed(head.cognitoIdentity, Identity.class);
    }

    /** What is the same for all invocations. */
    static void readFunction() {
        functionName = System.getenv("AWS_LAMBDA_FUNCTION_NAME");
        functionVersion = System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
        logGroupName = System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
        logStreamName = System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
        String memory = System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
        memoryLimitMb = memory == null ? 128 : Integer.parseInt(memory);
    }

    static InvocationContext of(Channel.Head head, LambdaLogger logger) {
        return new InvocationContext(head, logger);
    }

    private static <T> T parsed(String json, Class<T> type) {
        return json == null || json.isEmpty() ? null : GsonFactory.getInstance().getSerializer(type).fromJson(json);
    }

    @Override
    public String getAwsRequestId() {
        return head.requestId;
    }

    @Override
    public String getLogGroupName() {
        return logGroupName;
    }

    @Override
    public String getLogStreamName() {
        return logStreamName;
    }

    @Override
    public String getFunctionName() {
        return functionName;
    }

    @Override
    public String getFunctionVersion() {
        return functionVersion;
    }

    @Override
    public String getInvokedFunctionArn() {
        return head.invokedArn;
    }

    @Override
    public CognitoIdentity getIdentity() {
        return identity;
    }

    @Override
    public ClientContext getClientContext() {
        return clientContext;
    }

    @Override
    public int getRemainingTimeInMillis() {
        return (int) Math.max(0, head.deadlineMs - System.currentTimeMillis());
    }

    @Override
    public int getMemoryLimitInMB() {
        return memoryLimitMb;
    }

    @Override
    public LambdaLogger getLogger() {
        return logger;
    }

    @Override
    public String getXrayTraceId() {
        return head.traceId;
    }

    /** The names of the fields are those of the JSON that mobile clients send. */
    static final class FromClient implements ClientContext {
        private FromApp client;
        private Map<String, String> custom;
        private Map<String, String> env;

        @Override
        public Client getClient() {
            return client;
        }

        @Override
        public Map<String, String> getCustom() {
            return custom;
        }

        @Override
        public Map<String, String> getEnvironment() {
            return env;
        }
    }

    static final class FromApp implements Client {
        private String installation_id;
        private String app_title;
        private String app_version_name;
        private String app_version_code;
        private String app_package_name;

        @Override
        public String getInstallationId() {
            return installation_id;
        }

        @Override
        public String getAppTitle() {
            return app_title;
        }

        @Override
        public String getAppVersionName() {
            return app_version_name;
        }

        @Override
        public String getAppVersionCode() {
            return app_version_code;
        }

        @Override
        public String getAppPackageName() {
            return app_package_name;
        }
    }

    static final class Identity implements CognitoIdentity {
        private String cognitoIdentityId;
        private String cognitoIdentityPoolId;

        @Override
        public String getIdentityId() {
            return cognitoIdentityId;
        }

        @Override
        public String getIdentityPoolId() {
            return cognitoIdentityPoolId;
        }
    }
}
