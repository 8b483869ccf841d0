using System.Security.Cryptography;
using ClipSharp.Models.Layouts;
using ClipSharp.Weights;

namespace ClipSharp.Models;

/// <summary>A file of weights as it is.</summary>
/// <param name="Path">The file.</param>
/// <param name="Container">"safetensors", "PyTorch zip", "TorchScript archive" or "PyTorch legacy".</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of the whole file, in hexadecimal.</param>
/// <param name="Tensors">How many it holds.</param>
/// <param name="Metadata">What its writer said of it; never to be trusted.</param>
public sealed record InspectedFile(string Path, string Container, long Bytes, string Sha256, int Tensors,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>What is at a model's path, sound or not, found without an engine.</summary>
public sealed record ModelInspection
{
    /// <summary>"open_clip", "huggingface", or "openai" for one file of weights.</summary>
    public required string Layout { get; init; }

    /// <summary>The scheme of the tensors' names; null when it is none that is known.</summary>
    public string? Naming { get; init; }

    /// <summary>The preset with this architecture; null when there is none.</summary>
    public string? Preset { get; init; }

    /// <summary>What the model is; null when it cannot be told. Where the activation is not known,
    /// <see cref="ModelConfig.QuickGelu"/> means nothing; where the heads are not, they are 0.</summary>
    public ModelConfig? Config { get; init; }

    /// <summary>Whether it is known that the activation is <see cref="ModelConfig.QuickGelu"/> or not.</summary>
    public bool IsActivationKnown { get; init; }

    /// <summary>Whether it is known how wide the attention heads are.</summary>
    public bool AreHeadsKnown { get; init; }

    /// <summary>Whether the configuration is read from the weights' shapes.</summary>
    public bool IsInferred { get; init; }

    /// <summary>Parameters of the towers; null when they cannot be told.</summary>
    public ModelCost? Cost { get; init; }

    /// <summary>The files of weights.</summary>
    public required IReadOnlyList<InspectedFile> Files { get; init; }

    /// <summary>Numbers in each format, such as "F16".</summary>
    public required IReadOnlyDictionary<string, long> NumberFormats { get; init; }

    /// <summary>Members of the configuration that were read but mean nothing here.</summary>
    public IReadOnlyList<string> UnknownMembers { get; init; } = [];

    /// <summary>Tensors that the model needs and the files lack, in the files' names.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>Tensors in the files that the model does not need.</summary>
    public IReadOnlyList<string> Unexpected { get; init; } = [];

    /// <summary>Tensors of another shape than the model needs.</summary>
    public IReadOnlyList<string> Misshapen { get; init; } = [];

    /// <summary>Tensors that hold a NaN or an infinity: vectors of the model are no numbers.</summary>
    public IReadOnlyList<string> NotFinite { get; init; } = [];

    /// <summary>What is taken without a file that says it, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Why it cannot be opened as it is; null when it can.</summary>
    public string? Problem { get; init; }

    /// <summary>Looks at a model.</summary>
    /// <param name="path">As <see cref="ModelFiles.Open"/> takes it.</param>
    /// <param name="overrides">What the files leave open; null = nothing.</param>
    /// <exception cref="ClipException">There is nothing, or a file is damaged.</exception>
    public static ModelInspection Of(string path, ModelOverrides? overrides = null)
    {
        overrides ??= ModelOverrides.None;
        using var found = ModelExamination.Of(path, overrides);
        var fit = found.Fit;
        return new ModelInspection
        {
            Layout = found.Source.Layout,
            Naming = found.Table?.Name,
            Preset = found.Config is { } config ? ModelPresets.NameOf(config) : null,
            Config = found.Config,
            IsActivationKnown = found.IsActivationKnown,
            AreHeadsKnown = found.AreHeadsKnown,
            IsInferred = found.IsInferred,
            Cost = found.Config is null ? null : ModelCost.Of(found.Config),
            Files = [.. found.Stored.Files.Select(Inspected)],
            NumberFormats = found.Stored.Tensors.Values.GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Key)
                .ToDictionary(group => group.Key.Name(), group => group.Sum(tensor => tensor.ByteLength / tensor.Type.Size())),
            UnknownMembers = found.Config?.UnknownMembers() ?? [],
            Missing = fit?.Missing ?? [],
            Unexpected = fit?.Unexpected ?? [],
            Misshapen = fit?.Misshapen ?? [],
            NotFinite = found.Stored.NotFinite(),
            Notes = found.Notes,
            Problem = found.Unknown?.Message ?? (fit!.IsFit ? null : "the weights do not fit the configuration"),
        };
    }

    private static InspectedFile Inspected(IWeightsFile file)
    {
        var path = file.FilePath;
        try
        {
            using var stream = File.OpenRead(path); // its length, not a link's
            return new InspectedFile(path, file.Container, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)),
                file.Tensors.Count, file.Metadata);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The weights cannot be read", path, e.Message, "a readable file",
                "Check the file.", e);
        }
    }
}
