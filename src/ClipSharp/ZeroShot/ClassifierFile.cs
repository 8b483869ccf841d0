using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClipSharp.Files;
using ClipSharp.Weights;

namespace ClipSharp.ZeroShot;

/// <summary>A classifier in a safetensors file that tells its classes and its model: the weights float32 [C, E] as
/// "classifier", in the metadata the names as JSON, the model's fingerprint, and a hash of all three.</summary>
public static class ClassifierFile
{
    private const string TensorName = "classifier", NamesEntry = "names", ModelEntry = "model", HashEntry = "sha256";

    /// <summary>Writes a classifier, all or nothing.</summary>
    /// <param name="path">Where to; what is there is replaced.</param>
    /// <param name="classifier">The classifier.</param>
    /// <param name="clip">The model that it was built with.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public static void Write(string path, ZeroShotClassifier classifier, Clip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        Write(path, classifier, clip.WeightsKey);
    }

    /// <summary>Reads a classifier for the model that it was built with. What computes the model may differ.</summary>
    /// <exception cref="ClipException">The file is absent (NoInput), damaged or no classifier (Data), or of another model
    /// (Config).</exception>
    public static ZeroShotClassifier Read(string path, Clip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var (classifier, model) = Read(path);
        return model == clip.WeightsKey ? classifier
            : throw new ClipException(ClipError.Config, "The classifier was made with another model", path, "other weights",
                "those of the model in use", "Make it again with this model, by clipsharp zeroshot --save-classifier.");
    }

    internal static void Write(string path, ZeroShotClassifier classifier, string model)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        var weights = classifier.Weights;
        var names = JsonSerializer.Serialize([.. classifier.Names], PromptJson.Default.StringArray);
        var tensor = new NamedTensor(TensorName, TensorType.F32, [weights.Count, weights.Dimension],
            MemoryMarshal.AsBytes<float>(weights.Values).ToArray());
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, [tensor], new Dictionary<string, string>
        {
            [NamesEntry] = names,
            [ModelEntry] = model,
            [HashEntry] = HashOf(names, model, weights.Values),
        }));
    }

    internal static (ZeroShotClassifier Classifier, string Model) Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(NamesEntry, out var names) || !file.Metadata.TryGetValue(ModelEntry, out var model)
            || !file.Tensors.TryGetValue(TensorName, out var tensor) || tensor.Type != TensorType.F32)
        {
            throw Unfit(path, "a file without weights, names or model of a classifier");
        }

        var values = file.ReadFloats(TensorName);
        if (file.Metadata.GetValueOrDefault(HashEntry) != HashOf(names, model, values))
        {
            throw Unfit(path, "damage: content and hash differ");
        }

        var classes = Names(names, path);
        return tensor.Shape is [> 0 and var rows, > 0 and <= int.MaxValue] && rows == classes.Length
            ? (new ZeroShotClassifier(classes, new Embeddings(values, values.Length / classes.Length)), model)
            : throw Unfit(path, $"weights [{string.Join(", ", tensor.Shape)}] of {classes.Length} classes");
    }

    private static string[] Names(string json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, PromptJson.Default.StringArray) is { } names && !names.Contains(null!)
                ? names : throw Unfit(path, "names that are none");
        }
        catch (JsonException)
        {
            throw Unfit(path, "names that are no list");
        }
    }

    private static ClipException Unfit(string path, string found) => new(ClipError.Data, "The file is no sound classifier", path,
        found, "one that clipsharp zeroshot --save-classifier wrote", "Make it again.");

    // Lengths are hashed too, so that no two of these read alike.
    private static string HashOf(string names, string model, float[] values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{names.Length} {model.Length} {names}{model}")));
        hash.AppendData(MemoryMarshal.AsBytes<float>(values));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
