using Microsoft.Extensions.AI;

namespace ClipSharp.Extensions.AI;

/// <summary>A CLIP as generator of embeddings for texts and for pictures, both of unit length and in one space: their dot product
/// says how well they fit. Any number of threads may call it: calls that wait at the same time share forwards. Disposing answers
/// those of the forward under way and ends the others in <see cref="ObjectDisposedException"/>.</summary>
public sealed class ClipEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IEmbeddingGenerator<DataContent,
    Embedding<float>>
{
    private readonly Clip _clip;
    private readonly EmbeddingGeneratorMetadata _metadata;

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
    /// <param name="cancellationToken">Ends the wait; a batch that is being computed ends first.</param>
    /// <returns>One vector a text, in order; usage counts the tokens that were read, start and end included.</returns>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        Check(options);
        var result = new GeneratedEmbeddings<Embedding<float>>();
        var read = 0L;
        foreach (var batch in values.Chunk(_clip.BatchSize))
        {
            var tokens = _clip.Tokenizer.Tokenize(batch, _clip.Config.Text.ContextLength);
            Add(result, await _clip.Encoder.EncodeTextsAsync(tokens, cancellationToken).ConfigureAwait(false));
            read += tokens.TokenCount;
        }

        result.Usage = new UsageDetails { InputTokenCount = read, TotalTokenCount = read };
        return result;
    }

    /// <summary>Unit vectors of pictures.</summary>
    /// <param name="values">JPEG, PNG, GIF, WebP or BMP files as bytes; a link is not followed.</param>
    /// <param name="options">Only <c>ModelId</c> and <c>Dimensions</c> are looked at, and must be this model's where they are
    /// given.</param>
    /// <param name="cancellationToken">Ends the wait; a batch that is being computed ends first.</param>
    /// <returns>One vector a picture, in order.</returns>
    /// <exception cref="ClipException">A content is no picture; its number is named.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        Check(options);
        var result = new GeneratedEmbeddings<Embedding<float>>();
        Add(result, await _clip.EncodeImagesAsync([.. values.Select(value => value.Data)], cancellationToken)
            .ConfigureAwait(false));
        return result;
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
    public void Dispose() => _clip.Dispose();

    private void Add(GeneratedEmbeddings<Embedding<float>> result, Embeddings vectors)
    {
        var created = DateTimeOffset.UtcNow;
        for (var row = 0; row < vectors.Count; row++)
        {
            result.Add(new Embedding<float>(vectors.Row(row).ToArray())
            {
                ModelId = _metadata.DefaultModelId,
                CreatedAt = created,
            });
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
