// Finds the picture that fits some words: dotnet run -c Release --project samples/SemanticSearch -- MODEL "WORDS" PICTURE PICTURE
// ...
using System.Numerics.Tensors;
using ClipSharp;
using ClipSharp.Extensions.AI;
using ClipSharp.Torch;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

if (args.Length < 3)
{
    Console.Error.WriteLine("Give a model, some words and a picture or more.");
    return (int)ClipError.Usage;
}

// Texts that were asked before come from the cache; each call is a span with its number of tokens for whoever listens to
// OpenTelemetry.
await using var services = new ServiceCollection()
    .AddDistributedMemoryCache()
    .AddClipEmbeddings(args[0], () => TorchClip.Load(args[0]), texts: (inner, provider) => inner.AsBuilder()
        .UseDistributedCache(provider.GetRequiredService<IDistributedCache>())
        .UseOpenTelemetry(sourceName: "clipsharp")
        .Build())
    .BuildServiceProvider();

try
{
    var texts = services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
    var pictures = services.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
    var words = await texts.GenerateVectorAsync(args[1]);
    var found = await pictures.GenerateAsync(args[2..].Select(path => new DataContent(File.ReadAllBytes(path), "image/*")));
    foreach (var (path, cosine) in args[2..].Zip(found, (path, e) => (path, TensorPrimitives.Dot(words.Span, e.Vector.Span)))
        .OrderByDescending(x => x.Item2))
    {
        Console.WriteLine($"{cosine,7:0.000}  {path}");
    }

    return 0;
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
}
