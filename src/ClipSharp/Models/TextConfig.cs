using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Models.Towers;
using ClipSharp.Text;

namespace ClipSharp.Models;

/// <summary>The text tower: <c>text_cfg</c> of open_clip's JSON.</summary>
public sealed record TextConfig
{
    /// <summary>open_clip's end token for "eos" where none is named.</summary>
    internal const int DefaultEos = 2;

    // Setters, not init: the source generator of System.Text.Json forgets the defaults of init-only members.

    /// <summary>T: tokens of a text, start and end included.</summary>
    public int ContextLength { get; set; } = 77;

    /// <summary>Number of token ids.</summary>
    public int VocabSize { get; set; } = 49408;

    /// <summary>D: residual width.</summary>
    public int Width { get; set; } = 512;

    /// <summary>A: attention heads.</summary>
    public int Heads { get; set; } = 8;

    /// <summary>Blocks.</summary>
    public int Layers { get; set; } = 12;

    /// <summary>Hidden width of the MLP over D.</summary>
    public double MlpRatio { get; set; } = 4;

    /// <summary>Where the factors of what a block adds start; null = there are none.</summary>
    public double? LsInitValue { get; set; }

    /// <summary>Of the activation.</summary>
    public ActivationArguments? ActKwargs { get; set; }

    /// <summary>Of every norm.</summary>
    public NormArguments? NormKwargs { get; set; }

    /// <summary>Whether every token sees all others.</summary>
    public bool? NoCausalMask { get; set; }

    /// <summary>Whether a learnt class token stands behind the text, where the feature is read, and padding is hidden (CoCa's
    /// text tower, Yu et al. 2022).</summary>
    public bool? EmbedCls { get; set; }

    /// <summary>At which token the feature is read: "argmax" (absent too), "first", "last" or "eos"; a class token comes before
    /// it.</summary>
    public string? PoolType { get; set; }

    /// <summary>The end token's id, for "eos"; absent = 2, as in open_clip.</summary>
    public int? EosId { get; set; }

    /// <summary>The id of padding; absent = 0.</summary>
    public int? PadId { get; set; }

    /// <summary>"linear" (absent too) or "none".</summary>
    public string? ProjType { get; set; }

    /// <summary>Whether the projection has a bias.</summary>
    public bool? ProjBias { get; set; }

    /// <summary>The tokenizer that open_clip takes from the hub; its files lie beside the weights. Empty = CLIP's.</summary>
    public string? HfTokenizerName { get; set; }

    /// <summary>What is said to that tokenizer.</summary>
    public TokenizerArguments? TokenizerKwargs { get; set; }

    /// <summary>At which token the feature is read.</summary>
    [JsonIgnore]
    public TextPooling Pooling => EmbedCls is true ? TextPooling.ClassToken : PoolType switch
    {
        "first" => TextPooling.First,
        "last" => TextPooling.Last,
        "eos" => TextPooling.End,
        _ => TextPooling.Largest,
    };

    /// <summary>How the feature comes into the joint space.</summary>
    [JsonIgnore]
    public ProjectionKind Projection => ProjType == "none" ? ProjectionKind.None
        : ProjBias is true ? ProjectionKind.Biased
        : ProjectionKind.Matrix;

    /// <summary>Hidden width of the MLP.</summary>
    [JsonIgnore]
    public int MlpWidth => (int)(Width * MlpRatio);

    /// <summary>Rows of the blocks and of the positions: the text's tokens, and the class token where there is one.</summary>
    internal int Rows => ContextLength + (EmbedCls is true ? 1 : 0);

    /// <summary>Of padding, which is hidden where there is a class token.</summary>
    internal int PaddingId => PadId ?? 0;

    /// <summary>Members this version does not know; whoever loads the config lists them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>How open_clip cleans texts for this model's tokenizer (<c>HFTokenizer</c> in its <c>tokenizer.py</c>).</summary>
    internal TextCleaning Cleaning => string.IsNullOrEmpty(HfTokenizerName) ? TextCleaning.OpenAI : TokenizerKwargs?.Clean switch
    {
        "canonicalize" => TextCleaning.Canonicalize,
        "lower" => TextCleaning.Lower,
        "whitespace_underscore" => TextCleaning.WhitespaceUnderscore,
        _ => TextCleaning.Whitespace,
    };

    /// <summary>Loads the model's tokenizer.</summary>
    /// <param name="path">Its folder or file.</param>
    /// <param name="cleaning">How texts are cleaned.</param>
    /// <exception cref="ClipException">It is missing, damaged, or has more ids than the model.</exception>
    internal TextTokenizer LoadTokenizer(string path, TextCleaning cleaning)
    {
        var tokenizer = TextTokenizer.Load(path, cleaning, TokenizerKwargs?.StripSepToken is true);
        // CLIP's ends with the last two ids; of other tokenizers a model may leave the last rows without an id.
        var fits = tokenizer is BpeTokenizer ? tokenizer.VocabularySize == VocabSize : tokenizer.VocabularySize <= VocabSize;
        return fits
            ? tokenizer
            : throw new ClipException(ClipError.Config, "The tokenizer does not fit the model", path,
                $"{tokenizer.VocabularySize} tokens", $"{VocabSize}", "Use the tokenizer that the model came with.");
    }

    /// <summary>Where the features of a batch's texts are read.</summary>
    internal int[] ReadPositions(TokenBatch tokens)
    {
        var places = new int[tokens.Count];
        for (var row = 0; row < places.Length; row++)
        {
            var ids = tokens.Row(row);
            places[row] = Pooling switch
            {
                TextPooling.First => 0,
                TextPooling.Last => ids.Length - 1,
                TextPooling.ClassToken => ids.Length,
                TextPooling.End => Math.Max(0, ids.IndexOf(EosId ?? DefaultEos)), // as argmax of no match is 0
                _ => TensorPrimitives.IndexOfMax(ids),
            };
        }

        return places;
    }

    /// <summary>How many of a batch's tokens are seen by those that are read. A class token stands behind all of them, at its
    /// own place.</summary>
    /// <param name="tokens">The batch.</param>
    /// <param name="readPositions">Of it.</param>
    internal int LengthSeen(TokenBatch tokens, int[] readPositions) =>
        NoCausalMask is true || EmbedCls is true ? tokens.ContextLength : readPositions.Max() + 1;

    internal BlockStack Blocks(bool quickGelu) => new(Layers, Width, Heads, MlpWidth,
        ActivationArguments.Apply(ActKwargs, quickGelu), NormKwargs?.Eps ?? 1e-5, LsInitValue,
        IsCausal: NoCausalMask is not true);

    internal void Check(ConfigFaults faults)
    {
        ActKwargs?.Check(faults, "text_cfg.act_kwargs");
        NormKwargs?.Check(faults, "text_cfg.norm_kwargs");
        TokenizerKwargs?.Check(faults);
        faults.InRange("text_cfg.ls_init_value", LsInitValue ?? 0, -1, 1);
        faults.RequireSupported(PoolType is null or "argmax" or "first" or "last" or "eos", "text_cfg.pool_type", PoolType);
        faults.RequireSupported(ProjType is null or "linear" or "none", "text_cfg.proj_type", ProjType);
        faults.InRange("text_cfg.eos_id", EosId ?? 0, 0, Math.Max(0, VocabSize - 1));
        faults.InRange("text_cfg.pad_id", PadId ?? 0, 0, Math.Max(0, VocabSize - 1));
        faults.InRange("text_cfg.context_length", ContextLength, 3, 32768);
        faults.InRange("text_cfg.vocab_size", VocabSize, 3, 1 << 24);
        faults.InRange("text_cfg.layers", Layers, 1, 256);
        faults.InRange("text_cfg.mlp_ratio", MlpRatio, 1.0 / 64, 64);
        if (faults.InRange("text_cfg.width", Width, 1, 32768) && faults.InRange("text_cfg.heads", Heads, 1, Width))
        {
            faults.Require(Width % Heads == 0, $"text_cfg.heads = {Heads} do not divide the width {Width}");
            faults.Require(MlpWidth >= 1, "text_cfg.mlp_ratio leaves the MLP no width");
        }
    }
}
