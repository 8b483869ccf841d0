using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ClipSharp.Server.Requests;
using ClipSharp.ZeroShot;

namespace ClipSharp.Server.Endpoints;

/// <summary>A model's classifiers: those that were stored under a name, and those of the labels asked for last. One is built at
/// a time: who asks for the same labels meanwhile finds it when the turn comes, and whoever leaves ends only the own
/// building.</summary>
internal sealed class ClassifierStore(int most) : IDisposable
{
    private readonly LinkedList<(string Key, ZeroShotClassifier Classifier)> _kept = new(); // asked for last first
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private IReadOnlyDictionary<string, ZeroShotClassifier> _named = new Dictionary<string, ZeroShotClassifier>();

    /// <summary>The names of the stored ones, in order.</summary>
    public IReadOnlyList<string> Names => [.. _named.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Takes the stored ones, before the first request.</summary>
    public void Name(IReadOnlyDictionary<string, ZeroShotClassifier> named) => _named = named;

    /// <summary>A stored one.</summary>
    /// <exception cref="RequestFault">There is none of this name.</exception>
    public ZeroShotClassifier Named(string name) => _named.TryGetValue(name, out var classifier) ? classifier
        : throw RequestFault.Bad("classifier", _named.Count == 0 ? "this server has none; give labels."
            : $"there is none of this name; known are {string.Join(", ", Names)}.");

    /// <summary>Whether it is there.</summary>
    public bool Has(ClassPrompts prompts) => Find(KeyOf(prompts)) is not null;

    /// <summary>The classifier of some classes, built unless it is there.</summary>
    public async Task<ZeroShotClassifier> GetAsync(Clip clip, ClassPrompts prompts, CancellationToken cancel)
    {
        var key = KeyOf(prompts);
        if (Find(key) is { } there)
        {
            return there;
        }

        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (Find(key) is { } since)
            {
                return since;
            }

            var built = await Task.Run(() => clip.BuildClassifier(prompts, cancel: cancel), cancel).ConfigureAwait(false);
            lock (_gate)
            {
                _kept.AddFirst((key, built));
                while (_kept.Count > most)
                {
                    _kept.RemoveLast();
                }
            }

            return built;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private ZeroShotClassifier? Find(string key)
    {
        lock (_gate)
        {
            for (var node = _kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key)
                {
                    _kept.Remove(node);
                    _kept.AddFirst(node);
                    return node.Value.Classifier;
                }
            }

            return null;
        }
    }

    // Lengths stand before the texts, so that no two lists are one key.
    private static string KeyOf(ClassPrompts prompts)
    {
        var whole = string.Concat(prompts.Names.Zip(prompts.Texts, (name, texts) =>
            Counted(name) + FormattableString.Invariant($"{texts.Count}:") + string.Concat(texts.Select(Counted))));
        return Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(whole.AsSpan())));

        static string Counted(string text) => FormattableString.Invariant($"{text.Length}:{text}");
    }
}
