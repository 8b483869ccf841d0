using ClipSharp.Data;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;
using ClipSharp.Search.Collections;

namespace ClipSharp.Search.Updates;

/// <summary>Everything that was named for an index, one source after the other; each file is read once, however often it is
/// named.</summary>
/// <param name="sources">Folders, shards, tables and files.</param>
internal sealed class CombinedSource(IReadOnlyList<ISampleSource> sources) : ISampleSource
{
    private readonly Dictionary<string, string> _sourceOfFile = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<string> Places { get; } = [.. sources.SelectMany(source => source.Places)];

    /// <summary>What holds the pictures of this run: what is no longer in one of them is no longer in the index.</summary>
    public IReadOnlyList<string> Names { get; } = [.. sources.SelectMany(NamesOf)];

    /// <inheritdoc/>
    public string Met => string.Join("; ", sources.Select(source => source.Met).Where(met => met.Length > 0));

    /// <summary>Opens what a person named.</summary>
    /// <param name="named">Patterns of <see cref="SampleSources.Open"/>.</param>
    /// <param name="options">How data is read.</param>
    /// <exception cref="ClipException">One is not there, or of no kind.</exception>
    public static CombinedSource Open(IReadOnlyList<string> named, DataOptions options) =>
        new([.. named.Select(pattern => SampleSources.Open(pattern, options))]);

    /// <summary>The source of a file that was read, as <see cref="IndexedPicture.Source"/> has it.</summary>
    public string SourceOf(string file) => _sourceOfFile[file];

    /// <inheritdoc/>
    public IEnumerable<SourceSample> Read(CancellationToken cancel = default)
    {
        _sourceOfFile.Clear();
        foreach (var source in sources)
        {
            var names = NamesOf(source);
            var ofThis = new HashSet<string>(StringComparer.Ordinal);
            foreach (var sample in source.Read(cancel))
            {
                var path = sample.File.Path;
                if (!_sourceOfFile.ContainsKey(path))
                {
                    _sourceOfFile[path] = names.FirstOrDefault(name => name == path || IsBelow(path, name)) ?? names[0];
                    ofThis.Add(path);
                }

                if (ofThis.Contains(path) || sample.PictureLength < 0)
                {
                    yield return sample;
                }
            }
        }
    }

    /// <summary>Whether a file lies in a folder.</summary>
    public static bool IsBelow(string file, string folder) => file.Length > folder.Length
        && file.StartsWith(folder, StringComparison.Ordinal)
        && (Path.EndsInDirectorySeparator(folder) || file[folder.Length] == Path.DirectorySeparatorChar);

    private static string[] NamesOf(ISampleSource source) => [.. source.Places.Select(ShardPlace.Full)];
}
