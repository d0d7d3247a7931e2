package lambent.guest;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The function's classes: its directory, the jars in its `lib`, those in the layers' `java/lib`, each sorted by name. The
 * parent comes first, so that the interfaces of aws-lambda-java-core are the runtime's, whatever the function brings.
 */
final class FunctionClasses extends URLClassLoader {
    private FunctionClasses(URL[] urls) {
        super(urls, ClassLoader.getSystemClassLoader());
    }

    static FunctionClasses of(String taskRoot, String optRoot) {
        List<URL> urls = new ArrayList<>();
        urls.add(url(taskRoot + "/"));
        addJars(taskRoot + "/lib", urls);
        addJars(optRoot + "/java/lib", urls);
        return new FunctionClasses(urls.toArray(new URL[0]));
    }

    private static void addJars(String directory, List<URL> urls) {
        String[] names = new File(directory).list((parent, name) -> name.length() > 4 && name.endsWith(".jar"));
        if (names == null) return;
        Arrays.sort(names);
        for (String name : names) urls.add(url(directory + "/" + name));
    }

    private static URL url(String path) {
        try {
            // Not through URI: it would escape characters that AWS's client leaves as they are.
            return new URL("file", null, -1, path);
        } catch (MalformedURLException error) {
            throw new AssertionError("every JVM knows the file protocol", error);
        }
    }
}
