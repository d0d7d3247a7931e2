package lambent.guest;

import java.io.FileDescriptor;
import java.lang.reflect.Constructor;

/** Descriptors this process has inherited. Java closes them in every child that it starts. */
final class Descriptors {
    private Descriptors() {}

    static FileDescriptor of(int number) throws ReflectiveOperationException {
        // Not /proc/self/fd: a socket cannot be opened by a path.
        Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
        constructor.setAccessible(true);
        return constructor.newInstance(number);
    }
}
