using System;
using System.Collections.Generic;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;

[assembly: LambdaSerializer(typeof(DefaultLambdaJsonSerializer))]

namespace Hello;

public record Greeting(string Message, int Count, string Function, string Runtime);

public class Function
{
    private int count;

    public Greeting Greet(Dictionary<string, string> request, ILambdaContext context)
    {
        if (!request.TryGetValue("name", out var name)) throw new ArgumentException("who is it?");
        context.Logger.LogInformation($"greeting {name}");
        return new Greeting($"Hello, {name}!", ++count, context.FunctionName, $".NET {Environment.Version}");
    }
}
