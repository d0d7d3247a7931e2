import java.util.Map;

public class Counter {
    private int count;

    public Map<String, Integer> handle(Map<String, Object> event) {
        count += 1;
        return Map.of("count", count);
    }
}
