using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ClipSharp.Extensions.AI.Tests;

public sealed class ClipEmbeddingGeneratorTests
{
    private static readonly byte[] Picture = File.ReadAllBytes(SharedFiles.Fixture("pixels/source/png-2x2.png"));

    [Fact]
    public async Task Texts_become_vectors_in_order_and_their_tokens_are_counted()
    {
        using var encoder = new CountingEncoder();
        using var generator = Generator(encoder);

        var result = await ((IEmbeddingGenerator<string, Embedding<float>>)generator)
            .GenerateAsync(["a", "a b", "a b c"], cancellationToken: Now);

        Assert.Equal([3f, 4, 5], result.Select(e => e.Vector.Span[0]));
        Assert.Equal(12, result.Usage!.InputTokenCount);
        Assert.Equal("tiny", result[0].ModelId);
    }

    [Fact]
    public async Task Pictures_become_vectors_and_what_is_no_picture_is_named_by_its_number()
    {
        using var encoder = new CountingEncoder();
        using var generator = Generator(encoder);
        IEmbeddingGenerator<DataContent, Embedding<float>> pictures = generator;

        var result = await pictures.GenerateAsync([new DataContent(Picture, "image/png"), new DataContent(Picture, "image/png")],
            cancellationToken: Now);
        var refused = await Assert.ThrowsAsync<ClipException>(() =>
            pictures.GenerateAsync([new DataContent(Picture, "image/png"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")],
                cancellationToken: Now));

        Assert.Equal(2, result.Count);
        Assert.Equal(result[0].Vector.ToArray(), result[1].Vector.ToArray());
        Assert.Contains("picture 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_that_wait_share_a_forward_and_the_model_computes_one_at_a_time()
    {
        using var watched = new WatchedEncoder(new CountingEncoder());
        using var generator = new ClipEmbeddingGenerator(Model(watched), "tiny");
        IEmbeddingGenerator<string, Embedding<float>> texts = generator;
        watched.Hold();
        var first = texts.GenerateAsync(["a"], cancellationToken: Now);
        await watched.Entered;
        var calls = Enumerable.Range(1, 40).Select(i =>
            texts.GenerateAsync([string.Join(' ', Enumerable.Repeat("a", i % 5))], cancellationToken: Now)).ToList();
        watched.Release();
        await first;
        var results = await Task.WhenAll(calls);

        Assert.Equal([1, 40], watched.Forwards);
        Assert.Equal(1, watched.MostAtOnce);
        Assert.All(results.Select((r, i) => (r, i)), x => Assert.Equal(((x.i + 1) % 5) + 2, x.r[0].Vector.Span[0]));
    }

    [Fact]
    public async Task It_can_be_cancelled_while_it_waits_and_between_batches()
    {
        using var encoder = new CountingEncoder();
        using var generator = Generator(encoder);
        using var source = new CancellationTokenSource();
        encoder.OnTexts = source.Cancel;
        IEmbeddingGenerator<string, Embedding<float>> texts = generator;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => texts.GenerateAsync(Enumerable.Repeat("a", 100), cancellationToken: source.Token));
        Assert.Equal(1, encoder.TextCalls);
    }

    [Fact]
    public async Task Another_model_or_other_dimensions_are_refused()
    {
        using var encoder = new CountingEncoder();
        using var generator = Generator(encoder);
        IEmbeddingGenerator<string, Embedding<float>> texts = generator;

        await Assert.ThrowsAsync<ArgumentException>(
            () => texts.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 3 }, Now));
        await Assert.ThrowsAsync<ArgumentException>(
            () => texts.GenerateAsync(["a"], new EmbeddingGenerationOptions { ModelId = "other" }, Now));
        await texts.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 2, ModelId = "tiny" }, Now);
    }

    [Fact]
    public async Task Services_share_one_model_that_is_loaded_once_and_stand_behind_a_cache()
    {
        var loads = 0;
        using var encoder = new CountingEncoder();
        using var cache = new MemoryDistributedCacheStub();
        await using var services = new ServiceCollection()
            .AddClipEmbeddings("tiny", () => { loads++; return Model(encoder); },
                (inner, _) => inner.AsBuilder().UseDistributedCache(cache).Build())
            .BuildServiceProvider();

        var texts = services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        var first = await texts.GenerateAsync(["a b"], cancellationToken: Now);
        var second = await texts.GenerateAsync(["a b"], cancellationToken: Now);
        await services.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>()
            .GenerateAsync([new DataContent(Picture, "image/png")], cancellationToken: Now);

        Assert.Same(services.GetRequiredService<ClipEmbeddingGenerator>().GetService(typeof(Clip)),
            services.GetRequiredService<Clip>());
        Assert.Equal(1, loads);
        Assert.Equal(1, encoder.TextCalls);
        Assert.Equal(first[0].Vector.ToArray(), second[0].Vector.ToArray());
    }

    [Fact]
    public async Task A_model_alone_is_loaded_once_when_it_is_asked_for_and_disposed_with_the_services()
    {
        var loads = 0;
        using var encoder = new CountingEncoder();
        Clip clip;
        await using (var services = new ServiceCollection().AddClip(() => { loads++; return Model(encoder); })
            .BuildServiceProvider())
        {
            Assert.Equal(0, loads);
            clip = services.GetRequiredService<Clip>();
            Assert.Same(clip, services.GetRequiredService<Clip>());
        }

        Assert.Equal(1, loads);
        Assert.Throws<ObjectDisposedException>(() => clip.EncodeTexts(["a"]));
    }

    [Fact]
    public void Metadata_tell_provider_model_and_width()
    {
        using var encoder = new CountingEncoder();
        using var generator = Generator(encoder);

        var metadata = (EmbeddingGeneratorMetadata)generator.GetService(typeof(EmbeddingGeneratorMetadata))!;

        Assert.Equal(("clipsharp", "tiny", 2), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Null(generator.GetService(typeof(string)));
        Assert.Null(generator.GetService(typeof(Clip), "a key"));
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private static ClipEmbeddingGenerator Generator(CountingEncoder encoder) => new(Model(encoder), "tiny");

    private static Clip Model(IClipEncoder encoder) => new(
        encoder, BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small")), new ModelConfig
        {
            EmbedDim = 2,
            Vision = new VisionConfig { Layers = [1], Width = 64, ImageSize = 32, PatchSize = 8 },
            Text = new TextConfig { ContextLength = 16, VocabSize = 1536, Width = 64, Heads = 1, Layers = 1 },
        }, new PreprocessConfig(), () => "fingerprint");

    // A text's vector starts with its number of tokens.
    private sealed class CountingEncoder : IClipEncoder
    {
        private int _textCalls;

        public int EmbedDim => 2;

        public Logits Logits => new(1);

        public string Engine => "counting";

        public int TextCalls => _textCalls;

        public Action? OnTexts { get; set; }

        public Embeddings EncodeImages(PixelBatch pixels) => new([.. Enumerable.Range(0, pixels.Count * 2).Select(_ => 1f)], 2);

        public Embeddings EncodeTexts(TokenBatch tokens)
        {
            Interlocked.Increment(ref _textCalls);
            OnTexts?.Invoke();
            return new Embeddings([.. tokens.EndPositions.SelectMany(end => new[] { end + 1f, 0 })], 2);
        }

        public void Dispose()
        {
        }
    }

    private sealed class MemoryDistributedCacheStub : IDistributedCache, IDisposable
    {
        private readonly MemoryDistributedCache _cache = new(Options.Create(new MemoryDistributedCacheOptions()));

        public byte[]? Get(string key) => _cache.Get(key);

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => _cache.GetAsync(key, token);

        public void Refresh(string key) => _cache.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => _cache.RefreshAsync(key, token);

        public void Remove(string key) => _cache.Remove(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => _cache.RemoveAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => _cache.Set(key, value, options);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
            _cache.SetAsync(key, value, options, token);

        public void Dispose()
        {
        }
    }
}
