using ClipSharp.Weights;

namespace ClipSharp.Models.Layouts;

/// <summary>The open files of a model's weights, under the names that the files have.</summary>
internal sealed class StoredWeights : IDisposable
{
    private readonly List<IWeightsFile> _files = [];
    private readonly Dictionary<string, NamedTensor> _tensors = [];

    private StoredWeights()
    {
    }

    public IReadOnlyList<IWeightsFile> Files => _files;

    public IReadOnlyDictionary<string, NamedTensor> Tensors => _tensors;

    /// <summary>Whether the weights are as OpenAI publishes them: then the activation is QuickGELU. Their mark are three numbers
    /// that nobody else stores.</summary>
    public bool IsOpenAi(KeyTable table) => table.IsTunedOpenAi ||
        KeyTable.OpenAiScalars.All(name => _tensors.ContainsKey(table.Beginning + name));

    /// <summary>The names of tensors that hold a NaN or an infinity. Reads all weights.</summary>
    public IReadOnlyList<string> NotFinite() =>
        [.. _tensors.Values.Where(NumberFormats.HoldsNotFinite).Select(tensor => tensor.Name).Order(StringComparer.Ordinal)];

    /// <exception cref="ClipException">A file is missing or damaged, or shards and their index disagree.</exception>
    public static StoredWeights Open(ModelSource source)
    {
        var stored = new StoredWeights();
        try
        {
            foreach (var path in source.Weights)
            {
                stored.Add(WeightsFile.Open(path), source.Shards);
            }

            stored.CheckShards(source);
            return stored;
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(IWeightsFile file, IReadOnlyDictionary<string, string>? shards)
    {
        _files.Add(file);
        foreach (var (name, tensor) in file.Tensors)
        {
            var expected = shards?.GetValueOrDefault(name);
            if (shards is not null && expected != Path.GetFileName(file.FilePath))
            {
                throw Bad(file.FilePath, $"{name} in it", expected is null ? "only tensors of the index" : $"it in {expected}");
            }

            _tensors.Add(name, tensor); // one file, or one shard for each name
        }
    }

    private void CheckShards(ModelSource source)
    {
        if (source.Shards?.FirstOrDefault(pair => !_tensors.ContainsKey(pair.Key)) is { Key: { } missing, Value: var shard })
        {
            throw Bad(shard, $"no {missing}", "what the index says");
        }
    }

    private static ClipException Bad(string shard, string found, string expected) =>
        new(ClipError.Data, "The index and a shard disagree", shard, found, expected, "Fetch the model's files again.");
}
