import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** What the tests of the runtime clients deploy, in Java. */
public class Handler implements RequestHandler<Map<String, String>, Object> {
    static {
        if ("fail".equals(System.getenv("INIT"))) throw new IllegalStateException("no init");
    }

    private int count = 0;

    @Override
    public Object handleRequest(Map<String, String> event, Context context) {
        count += 1;
        switch (String.valueOf(event.get("do"))) {
            case "context":
                System.out.println("about " + context.getAwsRequestId());
                return Map.of(
                        "requestId", context.getAwsRequestId(),
                        "arn", context.getInvokedFunctionArn(),
                        "who", context.getClientContext().getCustom().get("who"),
                        "remainingMs", context.getRemainingTimeInMillis());
            case "fail":
                throw new IllegalArgumentException("as asked");
            case "exit":
                Runtime.getRuntime().halt(3);
            default:
                return count;
        }
    }
}
