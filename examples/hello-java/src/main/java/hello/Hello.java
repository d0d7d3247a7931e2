package hello;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;

public class Hello implements RequestHandler<Hello.Person, Hello.Greeting> {
    private int count;

    @Override
    public Greeting handleRequest(Person person, Context context) {
        if (person.getName() == null) throw new IllegalArgumentException("who is it?");
        count += 1;
        context.getLogger().log("greeting " + person.getName(), LogLevel.INFO);
        return new Greeting("Hello, " + person.getName() + "!", count, context.getFunctionName());
    }

    public static class Person {
        private String name;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }
    }

    public static class Greeting {
        public final String message;
        public final int count;
        public final String function;

        Greeting(String message, int count, String function) {
            this.message = message;
            this.count = count;
            this.function = function;
        }
    }
}
