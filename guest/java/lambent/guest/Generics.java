package lambent.guest;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/** What a class has put in for the type parameters of an interface that it implements, directly or not. */
final class Generics {
    /** A class on the way, with what stands for its type parameters. */
    private static final class Step {
        final Class<?> type;
        final Map<String, Type> bindings;

        Step(Class<?> type, Map<String, Type> bindings) {
            this.type = type;
            this.bindings = bindings;
        }

        Step to(Type type) {
            if (type instanceof Class) return new Step((Class<?>) type, Collections.emptyMap());
            ParameterizedType parameterized = (ParameterizedType) type; // SAFE: a supertype is nothing else.
            Class<?> raw = (Class<?>) parameterized.getRawType();
            Type[] arguments = parameterized.getActualTypeArguments();
            Map<String, Type> next = new HashMap<>();
            for (int at = 0; at < arguments.length; at++) {
                next.put(raw.getTypeParameters()[at].getName(), resolved(arguments[at]));
            }
            return new Step(raw, next);
        }

        private Type resolved(Type type) {
            return type instanceof TypeVariable ? bindings.getOrDefault(((TypeVariable<?>) type).getName(), type) : type;
        }
    }

    private Generics() {}

    /** Null if it implements the interface without saying its types. The nearest declaration counts. */
    static Type[] parametersOf(Class<?> type, Class<?> wanted) {
        Queue<Step> steps = new ArrayDeque<>();
        steps.add(new Step(type, Collections.emptyMap()));
        for (Step step = steps.poll(); step != null; step = steps.poll()) {
            for (Type next : step.type.getGenericInterfaces()) {
                if (next instanceof ParameterizedType && wanted.equals(((ParameterizedType) next).getRawType())) {
                    Step found = step.to(next);
                    TypeVariable<?>[] variables = wanted.getTypeParameters();
                    Type[] types = new Type[variables.length];
                    for (int at = 0; at < types.length; at++) types[at] = found.bindings.get(variables[at].getName());
                    return types;
                }
                steps.add(step.to(next));
            }
            Type parent = step.type.getGenericSuperclass();
            if (parent != null) steps.add(step.to(parent));
        }
        return null;
    }
}
