using Microsoft.Extensions.AI;

namespace ClipSharp.Extensions.AI;

/// <summary>A CLIP as generator of embeddings for texts and for pictures, both of unit length and in one space: their dot product
/// says how well they fit. Any number of threads may call it; the model computes for one call at a time.</summary>
public sealed class ClipEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IEmbeddingGenerator<DataContent,
    Embedding<float>>
{
    private readonly Clip _clip;
    private readonly EmbeddingGeneratorMetadata _metadata;
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <param name="clip">The model; disposed with this.</param>
    /// <param name="modelId">Its name for telemetry and caches, such as the folder it came from; two models must not share
    /// one.</param>
    public ClipEmbeddingGenerator(Clip clip, string modelId)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        _clip = clip;
        _metadata = new EmbeddingGeneratorMetadata("clipsharp", null, modelId, clip.Encoder.EmbedDim);
    }

    /// <summary>Unit vectors of texts.</summary>
    /// <param name="values">Texts; what is longer than the model's context is cut.</param>
    /// <param name="options">Only <c>ModelId</c> and <c>Dimensions</c> are looked at, and must be this model's where they are
    /// given.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One vector a text, in order; usage counts the tokens that were read, start and end included.</returns>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<string> texts = [.. values];
        return Generate(options, () =>
        {
            long tokens = 0;
            foreach (var batch in texts.Chunk(_clip.BatchSize))
            {
                tokens += _clip.Tokenizer.Tokenize(batch, _clip.Config.Text.ContextLength).EndPositions.Sum(end => end + 1L);
            }

            return (_clip.EncodeTexts(texts, cancel: cancellationToken),
                new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens });
        }, cancellationToken);
    }

    /// <summary>Unit vectors of pictures.</summary>
    /// <param name="values">JPEG, PNG, GIF, WebP or BMP files as bytes; a link is not followed.</param>
    /// <param name="options">Only <c>ModelId</c> and <c>Dimensions</c> are looked at, and must be this model's where they are
    /// given.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>One vector a picture, in order.</returns>
    /// <exception cref="ClipException">A content is no picture; its number is named.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        List<ReadOnlyMemory<byte>> files = [.. values.Select(value => value.Data)];
        return Generate(options, () => (_clip.EncodeImages(files, cancellationToken), null), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType == typeof(Clip) ? _clip
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _clip.Dispose();
        _turn.Dispose();
    }

    private async Task<GeneratedEmbeddings<Embedding<float>>> Generate(
        EmbeddingGenerationOptions? options, Func<(Embeddings Vectors, UsageDetails? Usage)> encode, CancellationToken cancel)
    {
        Check(options);
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var (vectors, usage) = await Task.Run(encode, cancel).ConfigureAwait(false);
            var created = DateTimeOffset.UtcNow;
            var rows = Enumerable.Range(0, vectors.Count).Select(row => vectors.Row(row).ToArray());
            return new(rows.Select(row =>
                new Embedding<float>(row) { ModelId = _metadata.DefaultModelId, CreatedAt = created }))
            { Usage = usage };
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Check(EmbeddingGenerationOptions? options)
    {
        if (options?.Dimensions is { } dimensions && dimensions != _metadata.DefaultModelDimensions)
        {
            throw new ArgumentException($"The model's vectors have {_metadata.DefaultModelDimensions} numbers, not {dimensions}.",
                nameof(options));
        }

        if (options?.ModelId is { } model && model != _metadata.DefaultModelId)
        {
            throw new ArgumentException($"The model is {_metadata.DefaultModelId}, not {model}.", nameof(options));
        }
    }
}
