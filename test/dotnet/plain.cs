// Without any library of AWS's: bytes in and out need none, everything else a serializer.
using System.IO;

public static class Plain
{
    public static Stream Echo(Stream input) => input;
    public static string Text(string value) => value;
}
