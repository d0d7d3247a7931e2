// What functions see of Amazon.Lambda.Serialization.SystemTextJson, for the same reason as lambda-core.cs.
using System.IO;
using System.Text.Json;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.Serialization.SystemTextJson
{
    public class DefaultLambdaJsonSerializer : ILambdaSerializer
    {
        static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };
        public T Deserialize<T>(Stream requestStream) => JsonSerializer.Deserialize<T>(requestStream, Options);
        public void Serialize<T>(T response, Stream responseStream) => JsonSerializer.Serialize(responseStream, response, Options);
    }
}
