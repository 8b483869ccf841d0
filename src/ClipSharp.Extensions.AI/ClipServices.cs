using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace ClipSharp.Extensions.AI;

/// <summary>CLIP among an application's services.</summary>
public static class ClipServices
{
    /// <summary>Adds one model as a <see cref="Clip"/>, which any number of requests may use. It is loaded at the first use,
    /// kept, and disposed with the application; <see cref="Clip.WarmUpAsync"/> at the start loads it and tells whether it can
    /// compute.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="load">Loads it, such as <c>() =&gt; TorchClip.Load(path)</c> or <c>() =&gt; OnnxClip.Load(path)</c>.</param>
    public static IServiceCollection AddClip(this IServiceCollection services, Func<Clip> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        return services.AddKeyedClip(null, load);
    }

    /// <summary>Adds one model as generator of embeddings for texts and for pictures, and as a <see cref="Clip"/>. It is loaded
    /// at the first use and kept.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="modelId">The model's name for telemetry and caches.</param>
    /// <param name="load">Loads it, such as <c>() =&gt; TorchClip.Load(path)</c> or <c>() =&gt; OnnxClip.Load(path)</c>.</param>
    /// <param name="texts">What stands round the generator for texts, such as <c>b =&gt;
    /// b.UseDistributedCache().UseOpenTelemetry()</c> with Microsoft.Extensions.AI's builder.</param>
    /// <param name="pictures">The same for pictures.</param>
    public static IServiceCollection AddClipEmbeddings(
        this IServiceCollection services, string modelId, Func<Clip> load,
        Func<IEmbeddingGenerator<string, Embedding<float>>, IServiceProvider, IEmbeddingGenerator<string,
        Embedding<float>>>? texts = null,
        Func<IEmbeddingGenerator<DataContent, Embedding<float>>, IServiceProvider, IEmbeddingGenerator<DataContent,
        Embedding<float>>>? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(load);
        return services.AddKeyedClipEmbeddings(null, _ => new ClipEmbeddingGenerator(load(), modelId), texts, pictures);
    }

    /// <summary>Adds one model of several, as <see cref="AddClip"/>: as a <see cref="Clip"/> with a key.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="key">What asks for it, as in <c>[FromKeyedServices("small")] Clip clip</c>; null = no key.</param>
    /// <param name="load">Loads it.</param>
    public static IServiceCollection AddKeyedClip(this IServiceCollection services, object? key, Func<Clip> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        return services.AddKeyedSingleton(key, (_, _) => load());
    }

    /// <summary>Adds one model of several as generators of embeddings and as a <see cref="Clip"/>, all with a key.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="key">What asks for them; null = no key.</param>
    /// <param name="create">Makes the generator, at the first use.</param>
    /// <param name="texts">What stands round the generator for texts.</param>
    /// <param name="pictures">The same for pictures.</param>
    public static IServiceCollection AddKeyedClipEmbeddings(
        this IServiceCollection services, object? key, Func<IServiceProvider, ClipEmbeddingGenerator> create,
        Func<IEmbeddingGenerator<string, Embedding<float>>, IServiceProvider, IEmbeddingGenerator<string,
        Embedding<float>>>? texts = null,
        Func<IEmbeddingGenerator<DataContent, Embedding<float>>, IServiceProvider, IEmbeddingGenerator<DataContent,
        Embedding<float>>>? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        services.AddKeyedSingleton(key, (provider, _) => create(provider));
        services.AddKeyedSingleton(key, (provider, _) =>
            (Clip)provider.GetRequiredKeyedService<ClipEmbeddingGenerator>(key).GetService(typeof(Clip))!);
        services.AddKeyedSingleton(key, (provider, _) => Around(provider, key, texts));
        services.AddKeyedSingleton(key, (provider, _) => Around(provider, key, pictures));
        return services;
    }

    private static T Around<T>(IServiceProvider provider, object? key, Func<T, IServiceProvider, T>? around)
        where T : class
    {
        var generator = (T)(object)provider.GetRequiredKeyedService<ClipEmbeddingGenerator>(key);
        return around?.Invoke(generator, provider) ?? generator;
    }
}
