using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ClipSharp.Data;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Torch;
using ClipSharp.Training.Memory;

namespace ClipSharp.Training;

/// <summary>Everything that decides a training run: the same record from the command line, from a recipe file and from code.
/// Names are open_clip's flags; defaults are the paper's or open_clip's.</summary>
public sealed record TrainOptions
{
    /// <summary>Training data: shards, a table or a folder; several joined by <c>::</c>.</summary>
    public string? TrainData { get; init; }

    /// <summary>Validation pairs for retrieval during training.</summary>
    public string? ValData { get; init; }

    /// <summary>Classes and pictures for zero-shot during training: a split with <c>.cls</c> and a
    /// <c>classnames.txt</c>.</summary>
    public string? ZeroshotData { get; init; }

    /// <summary>What kind of data it is.</summary>
    public DatasetType DatasetType { get; init; }

    /// <summary>Pictures of an epoch, where it shall differ from the data's number.</summary>
    public long? TrainNumSamples { get; init; }

    /// <summary>Draw pictures with replacement, without end, in place of every one once a pass.</summary>
    public bool DatasetResampled { get; init; }

    /// <summary>Where pictures are drawn so, how often those of each source of <see cref="TrainData"/> are beside the others: as
    /// many numbers as sources, with <c>::</c> between; null = alike.</summary>
    public string? TrainDataUpsamplingFactors { get; init; }

    /// <summary>In which order pictures come.</summary>
    public DataOrder DataOrder { get; init; }

    /// <summary>Folder of what indexing found in shards; null = in the user's cache.</summary>
    public string? IndexCache { get; init; }

    /// <summary>Samples that may be left out before the run stops; null = any number.</summary>
    public long? MaxSkipped { get; init; }

    /// <summary>The share of samples, 0 to 1, that may be left out before the run stops; null = all.</summary>
    public double? MaxSkippedShare { get; init; }

    /// <summary>The table's column with picture paths.</summary>
    public string CsvImgKey { get; init; } = "filepath";

    /// <summary>The table's column with captions.</summary>
    public string CsvCaptionKey { get; init; } = "title";

    /// <summary>The table's separator.</summary>
    public string CsvSeparator { get; init; } = "\t";

    /// <summary>In what the table's fields may stand: <c>"</c>, or "none".</summary>
    public string CsvQuote { get; init; } = "\"";

    /// <summary>Endings of pictures, the first that is there, with semicolons between.</summary>
    public string ImageKey { get; init; } = string.Join(';', new DataOptions().ImageKeys);

    /// <summary>Endings of texts beside a picture, the first with a caption, with semicolons between.</summary>
    public string TextKey { get; init; } = string.Join(';', new DataOptions().TextKeys);

    /// <summary>Members of the <c>.json</c> beside a picture that hold its caption, the first with one, with semicolons between;
    /// null = the texts, else <c>captions</c> or <c>caption</c>.</summary>
    public string? JsonTextKey { get; init; }

    /// <summary>How often each member of <see cref="JsonTextKey"/> gives the caption, shares that need not sum to 1; null = the
    /// first with one.</summary>
    public IReadOnlyList<double>? JsonTextKeyProbs { get; init; }

    /// <summary>Whether each line of a text is a caption of its own.</summary>
    public bool CaptionLines { get; init; }

    /// <summary>Whether shards that a range or <c>nshards.txt</c> names may lack.</summary>
    public bool AllowMissingShards { get; init; }

    /// <summary>A preset's name or a JSON file.</summary>
    public string Model { get; init; } = "ViT-Tiny-64";

    /// <summary>A model to start from, in any layout: its architecture, tokenizer and weights; null = from scratch.</summary>
    public string? Pretrained { get; init; }

    /// <summary>What gives the architecture: <see cref="Pretrained"/>, else <see cref="Model"/>.</summary>
    internal string ModelSource => Pretrained ?? Model;

    /// <summary>A model whose image tower to start from, the text tower being new, as <see cref="Model"/> says; null = a new
    /// image tower, too.</summary>
    public string? PretrainedImage { get; init; }

    /// <summary>H × W of the pictures in pixels, where it shall differ from the model's.</summary>
    public Extent? ForceImageSize { get; init; }

    /// <summary>Tokenizer: a vocabulary file or folder; null = learn one from the captions.</summary>
    public string? Vocab { get; init; }

    /// <summary>Size of a learnt vocabulary; null = the model's.</summary>
    public int? VocabSize { get; init; }

    /// <summary>N: pairs of a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary><see cref="MicroBatch"/> as large as fits: "auto" in JSON and on the command line.</summary>
    public const int AutoMicroBatch = 0;

    /// <summary>Rows that are in memory at a time where they are fewer than the batch (gradient caching); null = the whole batch;
    /// <see cref="AutoMicroBatch"/> = the largest power of two whose predicted peak fits 80 % of the available memory, chosen
    /// when the run begins.</summary>
    [JsonConverter(typeof(MicroBatchConverter))]
    public int? MicroBatch { get; init; }

    /// <summary>Several ways to save memory by one name, which <see cref="FromJson"/> sets where they are not set.</summary>
    public MemoryRecipe MemoryRecipe { get; init; }

    /// <summary>Compute a tower's parts again on the way back instead of keeping them.</summary>
    public bool GradCheckpointing { get; init; }

    /// <summary>Passes over the data.</summary>
    public int Epochs { get; init; } = 32;

    /// <summary>Rows with the same picture or the same text are not each other's negatives.</summary>
    public bool MultiPositive { get; init; }

    /// <summary>SigLIP's sigmoid loss with a learned bias instead of CLIP's softmax over the batch.</summary>
    public bool Siglip { get; init; }

    /// <summary>Train the text tower only (LiT).</summary>
    public bool LockImage { get; init; }

    /// <summary>The last layers of a locked image tower that are trained all the same.</summary>
    public int LockImageUnlockedGroups { get; init; }

    /// <summary>Train the image tower only.</summary>
    public bool LockText { get; init; }

    /// <summary>The last layers of a locked text tower that are trained all the same.</summary>
    public int LockTextUnlockedLayers { get; init; }

    /// <summary>R: learn two thin matrices beside each of the blocks' instead of the model itself (LoRA); null = the
    /// model.</summary>
    public int? LoraRank { get; init; }

    /// <summary>Their product counts this over the rank; null = twice the rank.</summary>
    public double? LoraAlpha { get; init; }

    /// <summary>By what each layer's rate is multiplied going down from the output; 1 = all alike.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Highest learning rate.</summary>
    public double Lr { get; init; } = 5e-4;

    /// <summary>Decay of Adam's first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of Adam's second moment; null = 0.98 for a ViT, 0.999 for a ResNet.</summary>
    public double? Beta2 { get; init; }

    /// <summary>Adam's epsilon; null = 1e-6 for a ViT, 1e-8 for a ResNet.</summary>
    public double? Eps { get; init; }

    /// <summary>Weight decay.</summary>
    public double Wd { get; init; } = 0.2;

    /// <summary>Steps of warm-up; null = 5 % of the run, at most the paper's 2,000.</summary>
    public long? Warmup { get; init; }

    /// <summary>Largest gradient norm; null = no clipping.</summary>
    public double? GradClipNorm { get; init; }

    /// <summary>In what the towers compute; <see cref="NumberFormat.Auto"/> is decided when the run begins, by the device, and
    /// kept by a resume.</summary>
    public NumberFormat Precision { get; init; }

    /// <summary>Whether float32 products on a CUDA device may round what they multiply to 10 bits (TF32).</summary>
    public bool Tf32 { get; init; }

    /// <summary>How Adam's statistics are kept.</summary>
    public OptimizerState OptimizerState { get; init; }

    /// <summary>Whether each of several processes keeps Adam's statistics of its share of the weights only.</summary>
    public bool ShardOptimizer { get; init; }

    /// <summary>Whether batch norm (ResNets) takes the rows of all processes for its batch; else each process' own.</summary>
    public bool UseBnSync { get; init; }

    /// <summary>How the text tower's matrices are kept.</summary>
    public TextWeights TextWeights { get; init; }

    /// <summary>Where it is trained: "cpu", "cuda" or "cuda:N".</summary>
    public TorchDevice Device { get; init; }

    /// <summary>Threads that decode and tokenize.</summary>
    public int Workers { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>MiB of decoded pictures to keep in memory, for sets that are read hundreds of times.</summary>
    public int CacheMegabytes { get; init; } = 1024;

    /// <summary>Pixels of the largest picture that is read.</summary>
    public long MaxPixels { get; init; } = DecodeLimits.Default.MaxPixels;

    /// <summary>Decode JPEGs at 1/2, 1/4 or 1/8 of their size where twice the pixels of the smallest crop are left: faster, not
    /// to the references' bytes.</summary>
    public bool JpegDraft { get; init; }

    /// <summary>Where shards are kept that are fetched or unpacked; null = in the user's cache.</summary>
    public string? ShardCache { get; init; }

    /// <summary>How many GiB of them, above 0; null = 64, but no more than half of what the disk has free.</summary>
    public double? ShardCacheGigabytes { get; init; }

    /// <summary>Whether <c>pipe:COMMAND</c> in the names of data is run. No recipe can say so: who starts the run does.</summary>
    [JsonIgnore]
    public bool AllowsCommands { get; init; }

    /// <summary>Go on where a disk fails four times at a picture, with the next one in its place; else the run ends,
    /// saved.</summary>
    public bool SkipReadErrors { get; init; }

    /// <summary>Seed of weights, order, captions and augmentation; not negative.</summary>
    public long Seed { get; init; }

    /// <summary>The run's name; null = made of date and settings.</summary>
    public string? Name { get; init; }

    /// <summary>Folder of run folders.</summary>
    public string Logs { get; init; } = "logs";

    /// <summary>A checkpoint's folder, or "latest".</summary>
    public string? Resume { get; init; }

    /// <summary>Epochs between checkpoints.</summary>
    public int SaveFrequency { get; init; } = 1;

    /// <summary>Steps between checkpoints, beside those after epochs; null = none.</summary>
    public long? SaveEverySteps { get; init; }

    /// <summary>Minutes between checkpoints, beside those after epochs; null = none.</summary>
    public double? SaveEveryMinutes { get; init; }

    /// <summary>Go on although options or data are not those of the checkpoint.</summary>
    public bool AllowChange { get; init; }

    /// <summary>Checkpoints to keep; 0 = all.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Epochs between retrieval evaluations; 0 = never.</summary>
    public int ValFrequency { get; init; } = 1;

    /// <summary>Epochs between zero-shot evaluations; 0 = never.</summary>
    public int ZeroshotFrequency { get; init; } = 2;

    /// <summary>More data sets for evaluations during training, as the benchmark takes them; several joined by
    /// <c>::</c>.</summary>
    public string? EvalData { get; init; }

    /// <summary>What is evaluated on <see cref="EvalData"/>, names of tasks; null = on each what it is for ("auto").</summary>
    public IReadOnlyList<string>? EvalTask { get; init; }

    /// <summary>Epochs between evaluations on <see cref="EvalData"/>; 0 = never.</summary>
    public int EvalFrequency { get; init; } = 1;

    /// <summary>Steps between evaluations, of all data whose frequency is not 0, in place of epochs; 0 = after epochs.</summary>
    public long EvalSteps { get; init; }

    /// <summary>The value of the evaluations by which the best model is kept as <c>checkpoints/best</c>, named as in the curves;
    /// null = none is.</summary>
    public string? BestMetric { get; init; }

    /// <summary>Steps between lines of the log.</summary>
    public int LogEveryNSteps { get; init; } = 20;

    /// <summary>Minutes of training after which the run ends early, saved; each start of a run has them anew; null = no
    /// limit.</summary>
    public double? MaxMinutes { get; init; }

    /// <summary>Minutes without a word from other processes after which a run takes them for hung and ends.</summary>
    public double WatchdogMinutes { get; init; } = 10;

    /// <summary>Share of the target that is spread over all pairs of a batch.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>The highest logit scale, 1 to the paper's 100. A low one keeps known concepts from being told apart ever more
    /// sharply.</summary>
    public double LogitScaleMax { get; init; } = 100;

    /// <summary>Decay a step of the averaged weights that are evaluated and saved beside; 0 = none (Polyak and Juditsky
    /// 1992).</summary>
    public double EmaDecay { get; init; }

    /// <summary>Keep pictures with the same first caption out of one batch: they would be each other's false negatives.</summary>
    public bool AvoidDuplicates { get; init; }

    /// <summary>Captions dealt out to wrong pictures: the control that must stay at chance.</summary>
    public bool ShufflePairs { get; init; }

    /// <summary>How pictures are changed in training.</summary>
    public AugmentationConfig AugCfg { get; init; } = new();

    /// <summary>How captions are drawn.</summary>
    public CaptionConfig CaptionCfg { get; init; } = new();

    /// <summary>How pictures become pixels; clear parts lie on white.</summary>
    public PreprocessConfig PreprocessCfg { get; init; } = new() { Background = Background.White };

    /// <summary>Members this version does not know: refused by <see cref="Validated"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>These options as a recipe file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, TrainJson.Options);

    /// <summary>Reads a recipe file's members.</summary>
    /// <exception cref="ClipException">There is no such file, or it is no JSON object.</exception>
    public static JsonObject ReadJson(string path)
    {
        if (!File.Exists(path))
        {
            throw new ClipException(ClipError.NoInput, "The recipe does not exist", path, "no file", "a JSON file",
                "See the folder recipes/.");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllText(path),
                documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new JsonException("not an object");
        }
        catch (JsonException e)
        {
            throw new ClipException(ClipError.Data, "The recipe is no JSON object", path, JsonFault.Describe(e),
                "one JSON object", "See the folder recipes/.", e);
        }
    }

    /// <summary>Options from members in snake case; what is absent has its default.</summary>
    /// <exception cref="ClipException">Members have the wrong type; they are listed with whatever else does not hold.</exception>
    public static TrainOptions FromJson(JsonObject members, string where)
    {
        ArgumentNullException.ThrowIfNull(members);
        var filled = members.DeepClone().AsObject();
        PaperRecipe.Fill(filled);
        if (filled["preprocess_cfg"] is JsonObject preprocess)
        {
            preprocess.TryAdd("background", "white"); // the default here; that of the record itself is another
        }

        var faults = new ConfigFaults();
        foreach (var (name, value) in filled.ToList())
        {
            if (TrainJson.Fault(name, value) is { } fault)
            {
                faults.Add(fault);
                filled.Remove(name);
            }
        }

        var options = filled.Deserialize<TrainOptions>(TrainJson.Options)!;
        if (!faults.IsEmpty)
        {
            OptionRanges.Check(options, faults, needsData: false);
            Refuse(faults, where);
        }

        return options;
    }

    /// <summary>How data is read, that of training and of evaluations.</summary>
    public DataOptions DataOptions() => new()
    {
        DatasetType = DatasetType,
        CsvImgKey = CsvImgKey,
        CsvCaptionKey = CsvCaptionKey,
        CsvSeparator = CsvSeparator,
        CsvQuote = CsvQuote,
        ImageKeys = Data.DataOptions.Keys(ImageKey),
        TextKeys = Data.DataOptions.Keys(TextKey),
        JsonTextKeys = Data.DataOptions.Keys(JsonTextKey ?? ""),
        JsonTextKeyProbs = JsonTextKeyProbs ?? [],
        CaptionLines = CaptionLines,
        AllowMissingShards = AllowMissingShards,
        SkipReadErrors = SkipReadErrors,
        ShardCache = ShardCache,
        ShardCacheBytes = Data.DataOptions.Gibibytes(ShardCacheGigabytes),
        AllowsCommands = AllowsCommands,
    };

    /// <summary>How much may be left out.</summary>
    internal SkipLimit SkipLimit => new(MaxSkipped, MaxSkippedShare);

    /// <summary>How pictures are read, those of training and of evaluations.</summary>
    /// <param name="jpegShortSide">What <see cref="JpegDraft"/> leaves of a JPEG at least.</param>
    internal PictureOptions PictureOptions(int jpegShortSide) => new()
    {
        Limits = DecodeLimits.Default with { MaxPixels = MaxPixels, JpegShortSide = JpegDraft ? jpegShortSide : 0 },
        SkipReadErrors = SkipReadErrors,
    };

    /// <summary>In what 16 bits matrices are kept, or null.</summary>
    internal TorchSharp.torch.ScalarType? HalfWeights(Precision precision) =>
        (precision.IsPure, TextWeights) switch
        {
            (true, _) or (_, TextWeights.Bf16Sr) => TorchSharp.torch.ScalarType.BFloat16,
            (_, TextWeights.Fp16Sr) => TorchSharp.torch.ScalarType.Float16,
            _ => null,
        };

    /// <summary>Checks everything that can be checked without data.</summary>
    /// <param name="where">Where the options came from, for the message.</param>
    /// <param name="needsData">Whether data must be named.</param>
    /// <exception cref="ClipException">Some do not hold; all of them are listed.</exception>
    public TrainOptions Validated(string where, bool needsData = true)
    {
        var faults = new ConfigFaults();
        OptionRanges.Check(this, faults, needsData);
        Refuse(faults, where);
        return this;
    }

    private static void Refuse(ConfigFaults faults, string where) =>
        faults.ThrowIfAny(where, ClipError.Usage, "The training options do not hold", "See clipsharp train --help.");
}
