using System;
using System.Buffers.Binary;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Guest
{
    enum Level { Trace, Debug, Information, Warning, Error, Critical }

    /// <summary>
    /// The function's log, in AWS's forms. <c>Console.WriteLine</c> and the loggers of Amazon.Lambda.Core write lines with time,
    /// request and level, or JSON objects; <c>Console.Write</c> writes what it is given.
    /// </summary>
    sealed class Log
    {
        const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        static readonly string[] Labels = { "trce", "dbug", "info", "warn", "fail", "crit" };

        readonly Level lowest;
        readonly bool isJson;
        readonly bool isUnformatted;
        readonly Action<string> sink;

        /// <summary>Whose lines come next.</summary>
        public Invocation? Invocation { get; set; }

        Log(Action<string> sink)
        {
            this.sink = sink;
            var level = Either("AWS_LAMBDA_HANDLER_LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL");
            lowest = level.ToLowerInvariant() switch
            {
                "fatal" => Level.Critical,
                "warn" => Level.Warning,
                var other => Enum.TryParse<Level>(other, true, out var known) ? known : Level.Information,
            };
            var format = Either("AWS_LAMBDA_HANDLER_LOG_FORMAT", "AWS_LAMBDA_LOG_FORMAT");
            isJson = format.Equals("Json", StringComparison.OrdinalIgnoreCase);
            isUnformatted = format.Equals("Unformatted", StringComparison.OrdinalIgnoreCase);
        }

        /// <summary>Takes the console's place.</summary>
        public static Log Install()
        {
            var log = new Log(Records() ?? Lines());
            Console.SetOut(new ConsoleWriter(log, Level.Information));
            Console.SetError(new ConsoleWriter(log, Level.Error));
            return log;
        }

        public static Level? LevelOf(string? name) => Enum.TryParse<Level>(name, true, out var level) ? level : null;

        public void WriteRaw(string text) => sink(text);

        /// <summary>
        /// <paramref name="template"/> may name values, <c>{like}</c> <c>{these:x}</c>, or number them. What has no level is
        /// written whatever the lowest one is, and as a trace (AWS).
        /// </summary>
        public void Write(Level? wanted, Exception? error, string? template, params object?[]? values)
        {
            if (wanted < lowest) return;
            var level = wanted ?? Level.Trace;
            var properties = values == null || values.Length == 0 ? new List<Property>() : Property.In(template ?? "", values);
            var message = Property.Apply(template ?? "", properties);
            sink((isJson ? Json(level, error, message, properties) : Line(level, error, message)) + "\n");
        }

        string Line(Level level, Exception? error, string message)
        {
            var prefix = isUnformatted ? "" : $"{Now()}\t{Invocation?.RequestId}\t{Labels[(int)level]}\t";
            return prefix + message + (error != null && message != "" ? "\n" : "") + error;
        }

        string Json(Level level, Exception? error, string message, List<Property> properties)
        {
            var bytes = new System.Buffers.ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(bytes))
            {
                json.WriteStartObject();
                json.WriteString("timestamp", Now());
                json.WriteString("level", level.ToString());
                if (Invocation is { } invocation)
                {
                    json.WriteString("requestId", invocation.RequestId);
                    if (!string.IsNullOrEmpty(invocation.TenantId)) json.WriteString("tenantId", invocation.TenantId);
                    if (!string.IsNullOrEmpty(invocation.TraceId)) json.WriteString("traceId", invocation.TraceId);
                }
                json.WriteString("message", message);
                foreach (var property in properties) property.WriteTo(json);
                if (error != null)
                {
                    json.WriteString("errorType", error.GetType().FullName);
                    json.WriteString("errorMessage", error.Message);
                    json.WriteStartArray("stackTrace");
                    foreach (var line in error.ToString().Split('\n')) json.WriteStringValue(line.Trim());
                    json.WriteEndArray();
                }
                json.WriteEndObject();
            }
            return Encoding.UTF8.GetString(bytes.WrittenSpan);
        }

        static string Now() => DateTime.UtcNow.ToString(TimeFormat, CultureInfo.InvariantCulture);

        static string Either(string first, string second) => Program.Variable(first) is { Length: > 0 } value ? value : Program.Variable(second);

        /// <summary>AWS's framing, where the platform offers it: one record is one log event, whatever lines it holds.</summary>
        static Action<string>? Records()
        {
            if (!int.TryParse(Program.Variable("_LAMBDA_TELEMETRY_LOG_FD"), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor)) return null;
            var pipe = new FileStream(new SafeFileHandle((IntPtr)descriptor, false), FileAccess.Write, 0);
            var type = Program.Variable("AWS_LAMBDA_LOG_FORMAT").Equals("JSON", StringComparison.OrdinalIgnoreCase) ? 0xa55a0002 : 0xa55a0003;
            return text =>
            {
                var record = new byte[16 + Encoding.UTF8.GetByteCount(text)];
                BinaryPrimitives.WriteUInt32BigEndian(record, type);
                BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(4), record.Length - 16);
                BinaryPrimitives.WriteInt64BigEndian(record.AsSpan(8), (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);
                Encoding.UTF8.GetBytes(text, record.AsSpan(16));
                lock (pipe) pipe.Write(record);
            };
        }

        static Action<string> Lines()
        {
            var output = Console.OpenStandardOutput();
            return text =>
            {
                lock (output) output.Write(Encoding.UTF8.GetBytes(text));
            };
        }

        /// <summary>A value that a message names.</summary>
        sealed class Property
        {
            /// <summary>Two braces stand for themselves, both of them (AWS).</summary>
            static readonly Regex Pattern = new Regex(@"\{\{|\{(?<json>@?)(?<name>[^{}:]+)(?::(?<format>[^{}]*))?\}");

            Match match = Match.Empty;
            string name = "";
            object? value;
            bool hasValue;

            public static List<Property> In(string template, object?[] values)
            {
                var found = Pattern.Matches(template).Where(one => one.Groups["name"].Success).ToList();
                var isNumbered = found.All(one => int.TryParse(one.Groups["name"].Value.Trim(), out _));
                return found.Select((match, at) =>
                {
                    var name = match.Groups["name"].Value.Trim();
                    var index = isNumbered ? int.Parse(name, CultureInfo.InvariantCulture) : at;
                    var hasValue = index >= 0 && index < values.Length;
                    return new Property { match = match, name = name, hasValue = hasValue, value = hasValue ? values[index] : null };
                }).ToList();
            }

            public static string Apply(string template, List<Property> properties)
            {
                var text = new StringBuilder();
                var from = 0;
                foreach (var one in properties)
                {
                    text.Append(template, from, one.match.Index - from).Append(one.Text());
                    from = one.match.Index + one.match.Length;
                }
                return text.Append(template, from, template.Length - from).ToString();
            }

            string Text() => value is null or IDictionary or (IList and not byte[]) ? match.Value : Plain(value);

            public void WriteTo(Utf8JsonWriter json)
            {
                if (!hasValue || value == null) return;
                json.WritePropertyName(name);
                switch (value)
                {
                    case IDictionary entries:
                        json.WriteStartObject();
                        foreach (DictionaryEntry entry in entries)
                        {
                            json.WritePropertyName(entry.Key.ToString() ?? "");
                            WriteValue(json, entry.Value);
                        }
                        json.WriteEndObject();
                        break;
                    case IList items and not byte[]:
                        json.WriteStartArray();
                        foreach (var item in items) WriteValue(json, item);
                        json.WriteEndArray();
                        break;
                    default:
                        WriteValue(json, value);
                        break;
                }
            }

            void WriteValue(Utf8JsonWriter json, object? one)
            {
                if (one == null) json.WriteNullValue();
                else if (match.Groups["json"].Length > 0) json.WriteRawValue(JsonSerializer.Serialize(one));
                else if (Format == "" && (one is bool || (one.GetType().IsPrimitive && one is not char) || one is decimal)) json.WriteRawValue(JsonSerializer.Serialize(one));
                else json.WriteStringValue(Plain(one));
            }

            string Format => match.Groups["format"].Value.Trim();

            string Plain(object one) => one switch
            {
                byte[] bytes => Convert.ToHexString(bytes, 0, Math.Min(bytes.Length, 16)) + (bytes.Length > 16 ? $"... ({bytes.Length} bytes)" : ""),
                IFormattable formattable when Format != "" => formattable.ToString(Format, null),
                DateTime time => time.ToString(TimeFormat, CultureInfo.InvariantCulture),
                DateTimeOffset time => time.ToString(TimeFormat, CultureInfo.InvariantCulture),
                DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                TimeOnly time => time.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
                _ => one.ToString() ?? "",
            };
        }
    }

    sealed class ConsoleWriter : TextWriter
    {
        readonly Log log;
        readonly Level level;

        public ConsoleWriter(Log log, Level level) : base(CultureInfo.InvariantCulture)
        {
            this.log = log;
            this.level = level;
        }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => log.WriteRaw(value.ToString());
        public override void Write(string? value) => log.WriteRaw(value ?? "");
        public override void Write(char[] buffer, int index, int count) => log.WriteRaw(new string(buffer, index, count));
        public override void Write(ReadOnlySpan<char> buffer) => log.WriteRaw(new string(buffer));

        // The base's own write a value and the line's end one by one.
        void Line(string? text) => log.Write(level, null, text, Array.Empty<object>());
        public override void WriteLine() => Line("");
        public override void WriteLine(bool value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(char value) => Line(value.ToString());
        public override void WriteLine(char[]? buffer) => Line(buffer == null ? "" : new string(buffer));
        public override void WriteLine(char[] buffer, int index, int count) => Line(new string(buffer, index, count));
        public override void WriteLine(ReadOnlySpan<char> buffer) => Line(new string(buffer));
        public override void WriteLine(int value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(uint value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(long value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(ulong value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(float value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(double value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(decimal value) => Line(value.ToString(FormatProvider));
        public override void WriteLine(string? value) => Line(value);
        public override void WriteLine(StringBuilder? value) => Line(value?.ToString());
        public override void WriteLine(object? value) => Line(value?.ToString());
        public override void WriteLine(string format, object? arg0) => Line(string.Format(format, arg0));
        public override void WriteLine(string format, object? arg0, object? arg1) => Line(string.Format(format, arg0, arg1));
        public override void WriteLine(string format, object? arg0, object? arg1, object? arg2) => Line(string.Format(format, arg0, arg1, arg2));
        public override void WriteLine(string format, params object?[] arg) => Line(string.Format(format, arg));
    }
}
