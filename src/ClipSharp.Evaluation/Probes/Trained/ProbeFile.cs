using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Evaluation.Features;
using ClipSharp.Files;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Probes.Trained;

/// <summary>A probe in a safetensors file that tells its classes and its model: "weights" float64 [C, D] and "bias" float64 [C],
/// in the metadata the names as JSON, the layer, the model's fingerprint, and a hash of all.</summary>
public static class ProbeFile
{
    private const string NamesEntry = "names", LayerEntry = "layer", ModelEntry = "model", HashEntry = "sha256";

    /// <summary>Writes a probe, all or nothing.</summary>
    /// <param name="path">Where to; what is there is replaced.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="clip">The model that it was trained with.</param>
    /// <exception cref="ClipException">It cannot be written.</exception>
    public static void Write(string path, TrainedProbe probe, Clip clip)
    {
        ArgumentNullException.ThrowIfNull(probe);
        ArgumentNullException.ThrowIfNull(clip);
        var map = probe.Classifier;
        var entries = new Dictionary<string, string>
        {
            [NamesEntry] = JsonSerializer.Serialize([.. probe.Names], ProbeJson.Default.StringArray),
            [LayerEntry] = Spelling.Of(probe.Layer),
            [ModelEntry] = clip.WeightsKey,
        };
        entries[HashEntry] = HashOf(entries, map.Weights, map.Bias);
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream,
            [
                new NamedTensor("weights", TensorType.F64, [map.Classes, map.Dimension], Bytes(map.Weights)),
                new NamedTensor("bias", TensorType.F64, [map.Classes], Bytes(map.Bias)),
            ], entries));
    }

    /// <summary>Reads a probe for the model that it was trained with.</summary>
    /// <exception cref="ClipException">The file is absent (NoInput), damaged or no probe (Data), or of another model
    /// (Config).</exception>
    public static TrainedProbe Read(string path, Clip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        using var file = SafetensorsFile.Open(path);
        string[] entries = [NamesEntry, LayerEntry, ModelEntry, HashEntry];
        if (Array.Find(entries, entry => !file.Metadata.ContainsKey(entry)) is { } missing)
        {
            throw Unfit(path, $"no {missing}");
        }

        string[] tensors = ["weights", "bias"];
        if (Array.Find(tensors, tensor => file.Tensors.GetValueOrDefault(tensor)?.Type != TensorType.F64) is { } absent)
        {
            throw Unfit(path, $"no {absent} of float64");
        }

        double[] Numbers(string tensor) => MemoryMarshal.Cast<byte, double>(file.Bytes(tensor)).ToArray();
        var (weights, bias) = (Numbers("weights"), Numbers("bias"));
        if (file.Metadata[HashEntry] != HashOf(file.Metadata, weights, bias))
        {
            throw Unfit(path, "damage: content and hash differ");
        }

        var names = JsonSerializer.Deserialize(file.Metadata[NamesEntry], ProbeJson.Default.StringArray)!;
        return bias.Length == 0 || names.Length != bias.Length || weights.Length == 0 || weights.Length % bias.Length != 0
                || Spelling.Find<FeatureLayer>(file.Metadata[LayerEntry]) is not { } layer
            ? throw Unfit(path, $"{weights.Length} weights, {bias.Length} numbers of bias, {names.Length} names")
            : file.Metadata[ModelEntry] == clip.WeightsKey
                ? new TrainedProbe(new LinearClassifier(weights, bias, exclusive: true), names, layer)
                : throw new ClipException(ClipError.Config, "The probe was trained with another model", path, "other weights",
                    "those of the model in use", "Train it again with this model, by clipsharp probe.");
    }

    private static byte[] Bytes(double[] numbers) => MemoryMarshal.AsBytes<double>(numbers).ToArray();

    private static ClipException Unfit(string path, string found) => new(ClipError.Data, "The file is no sound probe", path,
        found, "one that clipsharp probe --output wrote", "Make it again.");

    // Lengths are hashed too, so that no two of these read alike.
    private static string HashOf(IReadOnlyDictionary<string, string> entries, double[] weights, double[] bias)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in new[] { entries[NamesEntry], entries[LayerEntry], entries[ModelEntry] })
        {
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{entry.Length} {entry}")));
        }

        hash.AppendData(MemoryMarshal.AsBytes<double>(weights));
        hash.AppendData(MemoryMarshal.AsBytes<double>(bias));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class ProbeJson : JsonSerializerContext;
