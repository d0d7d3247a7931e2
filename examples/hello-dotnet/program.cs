using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;

// An executable function: it brings AWS's client of the Runtime API, and its handler is the assembly's name, `Hello`.
Greeting Greet(Dictionary<string, string> request, ILambdaContext context)
{
    var name = request.GetValueOrDefault("name", "world");
    context.Logger.LogInformation($"greeting {name}");
    return new Greeting($"Hello, {name}!", context.FunctionName, $".NET {Environment.Version}");
}

await LambdaBootstrapBuilder
    .Create<Dictionary<string, string>, Greeting>(Greet, new DefaultLambdaJsonSerializer())
    .Build()
    .RunAsync();

public record Greeting(string Message, string Function, string Runtime);
