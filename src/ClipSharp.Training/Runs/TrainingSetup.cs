using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Data.Batches;
using ClipSharp.Data.Captions;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Data.Sets;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Runs;

/// <summary>What a run computes with: data, tokenizer, model, optimizer and the order of batches, made from the options in one
/// way for whoever trains, replays or examines.</summary>
internal sealed class TrainingSetup : IDisposable
{
    private readonly Tf32 _tf32;

    private TrainingSetup(TrainOptions options, ITrainingSet data, TextTokenizer tokenizer, StartModels start, IPairLoss? loss,
        ICollective ranks)
    {
        (Options, Data, Tokenizer, Ranks) = (options, data, tokenizer, ranks);
        _tf32 = Tf32.Enter(options.Tf32);
        Config = ModelOptions(options, tokenizer, start.Whole);
        Preprocess = PreprocessOptions(options, start.Whole ?? start.Image) with { Size = Config.Vision.ImageSize };
        Precision = Precision.Of(options.Precision, options.Device);
        Model = ClipModel.Create(Config, Preprocess, options.Seed);
        if (!start.IsResumed) // else Restore brings the weights
        {
            LoadWeights(start);
        }

        Model.To(options.Device.Open());

        if (options.HalfWeights(Precision) is { } type)
        {
            Model.KeepMatricesAs(type, imageToo: Precision.IsPure);
        }

        var layers = new TowerLayers(Config);
        layers.Choose(Model, options);
        Optimizer = new AdamW(Model.NamedParameters(), Settings(options, Config),
            name => layers.RateFactor(name, options.LayerDecay),
            shardedOver: options.ShardOptimizer && ranks.WorldSize > 1 ? ranks : null);
        Average = options.EmaDecay > 0 ? new WeightAverage(Model, options.EmaDecay) : null;
        Plan = TrainingData.Plan(options, data);
        StepsPerEpoch = options.TrainNumSamples is { } samples ? Math.Max(1, samples / options.BatchSize) : Plan.StepsPerEpoch;
        Steps = StepsPerEpoch * options.Epochs;
        Warmup = options.Warmup ?? Math.Min(2000, Steps / 20);
        Trainer = new Trainer(Model, Optimizer, new CosineSchedule(options.Lr, Warmup, Steps), Precision, options, Average, loss,
            ranks);
    }

    public TrainOptions Options { get; }

    /// <summary>The processes that train together.</summary>
    public ICollective Ranks { get; }

    public ITrainingSet Data { get; }

    public TextTokenizer Tokenizer { get; }

    public ModelConfig Config { get; }

    public PreprocessConfig Preprocess { get; }

    /// <summary>How pictures are read for training.</summary>
    public PictureOptions Pictures => Options.PictureOptions(Transform.JpegShortSide);

    public Precision Precision { get; }

    public ClipModel Model { get; }

    public AdamW Optimizer { get; }

    public WeightAverage? Average { get; }

    public BatchPlan Plan { get; }

    public Trainer Trainer { get; }

    public long StepsPerEpoch { get; }

    /// <summary>Steps of the whole run.</summary>
    public long Steps { get; }

    /// <summary>Steps of warm-up.</summary>
    public long Warmup { get; }

    /// <summary>Indexes the data, loads or learns the tokenizer, makes the model.</summary>
    /// <param name="options">Validated.</param>
    /// <param name="resume">The checkpoint whose tokenizer is taken, or null.</param>
    /// <param name="tell">Gets remarks.</param>
    /// <param name="cancel">Stops it.</param>
    /// <param name="loss">A loss of one's own, or null: the one of the options.</param>
    /// <param name="precisionReason">Why the options have their number format, or null: as it says itself.</param>
    /// <param name="ranks">The processes that train together; null = this one alone.</param>
    public static TrainingSetup Create(TrainOptions options, string? resume, Action<TrainingEvent> tell, CancellationToken cancel,
        IPairLoss? loss = null, string? precisionReason = null, ICollective? ranks = null)
    {
        ranks ??= new SingleProcess();
        var data = ranks.AfterTheFirst(() => TrainingData.Open(options, tell, cancel));
        ranks.RequireSame("The training data", data.Fingerprint);
        options = options with { DataOrder = TrainingData.OrderOf(options, data, ranks, resume is not null, tell) };
        var start = StartModels.Of(options, resume);
        var tokenizer = LoadTokenizer(options, resume, start.Whole, data, ranks, cancel);
        ranks.RequireSame("The tokenizer", tokenizer.Fingerprint);
        var isLearnt = resume is null && options.Vocab is null && start.Whole is null;
        if (isLearnt && WantedTokens(options) is var wanted && tokenizer.VocabularySize != wanted)
        {
            tell(new TrainingNote(FormattableString.Invariant(
                $"Vocabulary: {tokenizer.VocabularySize:N0} tokens instead of {wanted:N0}, as no other pair occurs twice in the captions; the model's vocab_size is {tokenizer.VocabularySize}")));
        }

        var setup = new TrainingSetup(options, data, tokenizer, start, loss, ranks);
        var masters = (setup.Precision.IsPure, options.TextWeights) switch
        {
            (true, _) => "no master weights of matrices",
            (_, TextWeights.Fp32) => "master weights fp32",
            (_, var text) => $"master weights fp32, but for the text tower's matrices ({TrainJson.Spell(text)})",
        };
        tell(new TrainingNote($"Precision: {setup.Precision.Name} ({precisionReason ?? setup.Precision.Reason}), {masters}"));
        if (!options.Siglip && (start.Whole?.Config ?? ModelPresets.Find(options.Model)).InitLogitBias is not null)
        {
            tell(new TrainingNote("The model is a sigmoid one; without --siglip it learns by the softmax over the batch, and its logit bias is left out."));
        }

        var (all, learning) = setup.Numbers();
        var learn = options.LoraRank is null ? "" : FormattableString.Invariant($", of which {learning / 1e6:F2} M learn,");
        tell(new TrainingNote(FormattableString.Invariant(
            $"Model: {all / 1e6:F2} M parameters{learn} with a vocabulary of {tokenizer.VocabularySize:N0}, {setup.Steps:N0} steps of {options.BatchSize} pairs")));
        return setup;
    }

    // All numbers of the model, and those that learn.
    private (long All, long Learning) Numbers()
    {
        var parameters = Model.NamedParameters().Select(p => p.Parameter).ToList();
        return (parameters.Sum(p => p.numel()), parameters.Where(p => p.requires_grad).Sum(p => p.numel()));
    }

    /// <summary>What differs from a checkpoint beside the options: data, tokenizer, the model file's members; a line
    /// each.</summary>
    public IReadOnlyList<string> Changes(ResumePoint point)
    {
        var named = Options.Vocab is null
            ? Tokenizer.Fingerprint
            : TextTokenizer.Load(Options.Vocab, Tokenizer.Cleaning).Fingerprint;
        (string What, string Before, string Now)[] fingerprints =
            [("data", point.State.Data, Data.Fingerprint), ("tokenizer", point.State.Tokenizer, named)];
        return
        [
            .. fingerprints.Where(f => f.Before != f.Now).Select(f => $"{f.What}: {f.Before[..12]} -> {f.Now[..12]}"),
            .. OptionChanges.Between(JsonNode.Parse(ModelFiles.Open(point.Path).Config.ToJson())!.AsObject(),
                JsonNode.Parse(Config.ToJson())!.AsObject()),
        ];
    }

    /// <summary>Brings back where a run stood.</summary>
    public void Restore(ResumePoint point)
    {
        Checkpoint.Restore(point.Path, Model, Optimizer, Average);
        Trainer.LossScale.Restore(point.State.LossScale);
    }

    /// <summary>Gives all processes the weights of the first.</summary>
    public void ShareWeights()
    {
        if (Ranks.WorldSize > 1)
        {
            foreach (var (_, weight) in Model.NamedWeights())
            {
                Ranks.Broadcast(weight, 0);
            }
        }
    }

    /// <summary>Refuses to go on where processes have other weights, which nothing but a fault of a machine or of this program
    /// can bring about.</summary>
    /// <exception cref="ClipException">They have.</exception>
    public void RequireSameWeights()
    {
        if (Ranks.WorldSize > 1)
        {
            var hash = new XxHash128();
            foreach (var (_, weight) in Model.NamedWeights())
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                hash.Append(StateDict.Named("", weight).Bytes().Span);
            }

            Ranks.RequireSame("The weights", Convert.ToHexStringLower(hash.GetCurrentHash()));
        }
    }

    /// <summary>Batches from a step on; dispose it before the setup.</summary>
    /// <param name="step">The first.</param>
    /// <param name="end">One past the last; null = there is none.</param>
    /// <param name="skips">Gets each picture that is left out; null = nobody.</param>
    /// <param name="onReadError">Told of each picture that could not be read, on the threads that read.</param>
    public BatchLoader Load(long step, long? end = null, RankSkips? skips = null, Action<Skip>? onReadError = null) =>
        new(Data, Plan, Transform, Tokenizer,
        Config.Text.ContextLength, new BatchLoaderOptions
        {
            Workers = Options.Workers,
            StartStep = step,
            EndStep = end ?? long.MaxValue,
            Rank = Ranks.Rank,
            WorldSize = Ranks.WorldSize,
            LocalSize = Ranks.LocalSize,
            CacheDecodedBytes = (long)Options.CacheMegabytes << 20,
            Captions = new CaptionTransform(Options.CaptionCfg),
            OnSkip = skips is null ? null : skips.Add,
            Pictures = Pictures with { OnReadError = onReadError },
        });

    private TrainingTransform Transform => new(Options.AugCfg, Preprocess, Config.Vision.ImageSize);

    /// <inheritdoc/>
    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
        _tf32.Dispose();
    }

    private static TextTokenizer LoadTokenizer(
        TrainOptions options, string? resume, ModelFiles? pretrained, ITrainingSet data, ICollective ranks,
        CancellationToken cancel)
    {
        if (resume is not null)
        {
            return ModelFiles.Open(resume).LoadTokenizer();
        }

        if (options.Vocab is not null)
        {
            return TextTokenizer.Load(options.Vocab, pretrained?.Cleaning);
        }

        if (pretrained is not null)
        {
            return pretrained.LoadTokenizer();
        }

        return LearntTokenizer(options, data, ranks, cancel);
    }

    // The first process learns it; the others get its files.
    private static BpeTokenizer LearntTokenizer(TrainOptions options, ITrainingSet data, ICollective ranks,
        CancellationToken cancel)
    {
        if (ranks.WorldSize == 1)
        {
            return TokenizerTrainer.Train(data.Captions(cancel), WantedTokens(options), cancel: cancel);
        }

        var folder = Directory.CreateTempSubdirectory("clipsharp-tokenizer-").FullName;
        try
        {
            if (ranks.Rank == 0)
            {
                TokenizerTrainer.Train(data.Captions(cancel), WantedTokens(options), cancel: cancel).Save(folder);
            }

            foreach (var file in VocabularyFiles.Names.Select(name => Path.Combine(folder, name)))
            {
                AtomicFile.WriteText(file, ranks.Told(ranks.Rank == 0 ? File.ReadAllText(file) : ""));
            }

            return BpeTokenizer.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int WantedTokens(TrainOptions options) => options.VocabSize ?? ModelPresets.Find(options.Model).Text.VocabSize;

    private void LoadWeights(StartModels start)
    {
        if (start.Whole is { } whole)
        {
            using var weights = whole.OpenWeights();
            var hasBias = whole.Config.InitLogitBias is not null;
            StateDict.Copy(weights.Tensors, Model.NamedWeights().Where(w => hasBias || w.Name != "logit_bias"), whole.Location);
        }
        else if (start.Image is { } image)
        {
            LoadImageTower(image);
        }
    }

    private void LoadImageTower(ModelFiles source)
    {
        var (found, expected) = (VisionJson(source.Config), VisionJson(Config));
        if (found != expected)
        {
            throw new ClipException(ClipError.Config, "The image tower is another one", source.Location,
                $"\"vision_cfg\": {found}", expected,
                "Give --model a file with this vision_cfg.");
        }

        using var weights = source.OpenWeights();
        StateDict.Copy(weights.Tensors, Model.NamedWeights().Where(w => w.Name.StartsWith("visual.", StringComparison.Ordinal)),
            source.Location);

        static string VisionJson(ModelConfig config) => JsonNode.Parse(config.ToJson())!["vision_cfg"]!.ToJsonString();
    }

    // What weights, configuration and preprocessing begin with. A run that goes on has them in its checkpoint, wherever it once
    // started from.
    private sealed record StartModels(ModelFiles? Whole, ModelFiles? Image, bool IsResumed)
    {
        public static StartModels Of(TrainOptions options, string? resume)
        {
            var whole = options.Pretrained is { } path
                ? ModelFiles.Open(resume ?? path, new ModelOverrides { ImageSize = options.ForceImageSize })
                : null;
            var image = options.PretrainedImage is { } tower ? ModelFiles.Open(resume ?? tower) : null;
            return new StartModels(whole, image, resume is not null);
        }
    }

    // What a model was made with goes on; what the options say beside their defaults wins.
    private static PreprocessConfig PreprocessOptions(TrainOptions options, ModelFiles? source)
    {
        if (source is null)
        {
            return options.PreprocessCfg;
        }

        var (merged, given, standard) = (Members(source.Preprocess), Members(options.PreprocessCfg),
            Members(new TrainOptions().PreprocessCfg));
        foreach (var (name, value) in given.Where(member => !JsonNode.DeepEquals(member.Value, standard[member.Key])))
        {
            merged[name] = value?.DeepClone();
        }

        return merged.Deserialize<PreprocessConfig>(TrainJson.Options)!;

        static JsonObject Members(PreprocessConfig config) =>
            JsonSerializer.SerializeToNode(config, TrainJson.Options)!.AsObject();
    }

    private static ModelConfig ModelOptions(TrainOptions options, TextTokenizer tokenizer, ModelFiles? pretrained)
    {
        var config = pretrained?.Config ?? ModelPresets.Find(options.Model);
        if (options.LoraRank is not null && config.Vision.IsResNet && !options.LockImage)
        {
            throw new ClipException(ClipError.Usage, "A ResNet has no blocks to learn beside", "--lora-rank",
                "a ResNet as image tower", "a Vision Transformer, or the image tower locked", "Add --lock-image.");
        }

        // A vocabulary of CLIP's kind, learnt or given, stands in for the one that a preset takes from the hub.
        var text = pretrained is null && tokenizer is BpeTokenizer
            ? config.Text with { HfTokenizerName = null, TokenizerKwargs = null }
            : config.Text;
        return (config with
        {
            InitLogitScale = options.Siglip ? config.InitLogitScale ?? Math.Log(10) : config.InitLogitScale,
            InitLogitBias = options.Siglip ? config.InitLogitBias ?? -10 : null,
            Text = text with { VocabSize = tokenizer.VocabularySize },
            Vision = config.Vision with { ImageSize = options.ForceImageSize ?? config.Vision.ImageSize },
        }).Validated(options.ModelSource);
    }

    internal static AdamWOptions Settings(TrainOptions options, ModelConfig config) => new(
        options.Beta1, options.Beta2 ?? (config.Vision.IsResNet ? 0.999 : 0.98),
        options.Eps ?? (config.Vision.IsResNet ? 1e-8 : 1e-6), options.Wd,
        options.OptimizerState, options.Seed);
}
