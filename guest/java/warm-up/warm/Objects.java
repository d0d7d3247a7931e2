package warm;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.List;
import java.util.Map;

/** Runs in the warm pool in a function's stead: has a bit of everything that handlers do. */
public class Objects implements RequestHandler<Objects.Order, Objects.Order> {
    public static class Order {
        private String name;
        private int count;
        private List<String> tags;
        private Map<String, Object> more;
        public double ratio;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public int getCount() {
            return count;
        }

        public void setCount(int count) {
            this.count = count;
        }

        public List<String> getTags() {
            return tags;
        }

        public void setTags(List<String> tags) {
            this.tags = tags;
        }

        public Map<String, Object> getMore() {
            return more;
        }

        public void setMore(Map<String, Object> more) {
            this.more = more;
        }
    }

    @Override
    public Order handleRequest(Order order, Context context) {
        context.getLogger().log("order " + order.getName() + " at " + context.getRemainingTimeInMillis());
        System.getenv("PATH");
        return order;
    }

    public Map<String, Object> maps(Map<String, Object> event) {
        return event;
    }

    public static List<Integer> fail(String event) {
        throw new IllegalStateException(event);
    }
}
