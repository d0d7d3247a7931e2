package lambent.guest;

import com.amazonaws.services.lambda.runtime.Context;
import java.io.InputStream;
import java.io.OutputStream;

/** A function's handler of whatever form: reads the event's bytes, writes the answer's. */
interface Handler {
    void run(InputStream event, OutputStream answer, Context context) throws Throwable;
}
