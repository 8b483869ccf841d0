using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers;
using ClipSharp.Torch.Towers.Updates;
using ClipSharp.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch;

/// <summary>CLIP's two towers and the learned scale (paper 2.4, 2.5). Names of parameters are OpenAI's, which are open_clip's.
/// Owns its tensors; not thread-safe.</summary>
public sealed class ClipModel : IDisposable
{
    /// <summary>ln(1 / 0.07), where the logit scale starts (paper 2.5).</summary>
    public const double InitialLogitScale = 2.6592600369327779;

    // The generator of random numbers is one for the process.
    private static readonly Lock Random = new();

    private readonly nn.Module<Tensor, Tensor> _image;
    private readonly TextTransformer _text;
    private (Tensor Mean, Tensor Deviation) _normalization; // [1, 3, 1, 1], on the scale 0 to 255

    private ClipModel(ModelConfig config, PreprocessConfig preprocess, Layers layers)
    {
        Config = config;
        Preprocess = preprocess;
        _image = config.Vision.IsResNet
            ? new ModifiedResNet(config.Vision, config.EmbedDim, layers)
            : new VisionTransformer(config, layers);
        _text = new TextTransformer(config, layers);
        LogitScale = new Parameter(tensor((float)(config.InitLogitScale ?? InitialLogitScale)));
        LogitBias = config.InitLogitBias is { } bias ? new Parameter(tensor((float)bias)) : null;
        _normalization = (Plane(preprocess.Mean), Plane(preprocess.Std));
        foreach (var owned in NamedParameters().Select(p => (Tensor)p.Parameter).Concat(NamedBuffers().Select(b => b.Buffer)))
        {
            owned.DetachFromDisposeScope();
        }
    }

    /// <summary>What the model is.</summary>
    public ModelConfig Config { get; }

    /// <summary>How pictures become its pixels.</summary>
    public PreprocessConfig Preprocess { get; }

    /// <summary>t: cosines times exp(t) are logits. A float32 scalar, always.</summary>
    public Parameter LogitScale { get; private set; }

    /// <summary>b, added to the logits of a sigmoid loss (SigLIP); null where the model has none.</summary>
    public Parameter? LogitBias { get; private set; }

    /// <summary>The image tower: [B, 3, H, W] normalised → [B, E].</summary>
    public nn.Module<Tensor, Tensor> Image => _image;

    /// <summary>The text tower: ids [B, T] and where they are read [B] → [B, E].</summary>
    public nn.Module<Tensor, Tensor, Tensor> Text => _text;

    /// <summary>A model with random weights, initialised as the reference initialises (<c>initialize_parameters</c> in
    /// openai/CLIP, model.py).</summary>
    /// <param name="config">What to build; validated by the caller.</param>
    /// <param name="preprocess">Normalisation; null = OpenAI's.</param>
    /// <param name="seed">Of the initial weights.</param>
    public static ClipModel Create(ModelConfig config, PreprocessConfig? preprocess = null, long seed = 0)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        lock (Random)
        {
            manual_seed(seed);
            return new ClipModel(config, preprocess ?? new PreprocessConfig(), Layers.Initialized);
        }
    }

    /// <summary>Loads a model's weights.</summary>
    /// <param name="files">The model.</param>
    /// <param name="device">"cpu", "cuda" or "cuda:N".</param>
    /// <exception cref="ClipException">The weights do not fit the configuration, or there is no such device.</exception>
    public static ClipModel Load(ModelFiles files, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(files);
        var place = TorchDevice.Parse(device).Open();
        var model = Blank(files);
        try
        {
            using var weights = files.OpenWeights();
            StateDict.Copy(weights.Tensors, model.NamedWeights(), files.Location);
            model.To(place);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A model whose every tensor is to be overwritten: memory as it comes, which costs nothing until it is
    /// written.</summary>
    /// <param name="files">The model.</param>
    /// <param name="layers">Null = <see cref="Layers.Blank"/>.</param>
    internal static ClipModel Blank(ModelFiles files, Layers? layers = null)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return new ClipModel(files.Config, files.Preprocess, layers ?? Layers.Blank);
    }

    /// <summary>Parameters and running statistics: all that the model is, and what a weight file holds unless something is
    /// learnt beside its matrices.</summary>
    public IEnumerable<(string Name, Tensor Value)> NamedWeights() =>
        NamedParameters().Select(p => (p.Name, (Tensor)p.Parameter)).Concat(NamedBuffers());

    /// <summary>All weights for a writer, those of <paramref name="instead"/> in place of the model's own. What is learnt beside
    /// matrices is added to them.</summary>
    public IEnumerable<NamedTensor> Weights(IEnumerable<(string Name, Tensor Value)>? instead = null)
    {
        var others = instead?.ToDictionary(w => w.Name, w => w.Value) ?? [];
        var updates = LowRankUpdates.Of(_image).Select(u => ("visual." + u.Matrix, u.Update)).Concat(LowRankUpdates.Of(_text))
            .ToDictionary(u => u.Item1, u => u.Item2);
        return NamedWeights().Where(w => !LowRankUpdates.IsOne(w.Name)).Select(w => StateDict.Named(w.Name,
            updates.TryGetValue(w.Name, out var update) ? update.Merged(w.Value) : others.GetValueOrDefault(w.Name, w.Value)));
    }

    /// <summary>Whether something is learnt beside matrices that stay (LoRA).</summary>
    public bool HasLowRank => LowRankUpdates.Of(_image).Concat(LowRankUpdates.Of(_text)).Any();

    /// <summary>Lets something be learnt beside every matrix of both towers' blocks, and nothing else but the logit scale and
    /// bias: W + alpha / rank · B A (LoRA, Hu et al. 2022). The model computes as before until B is no longer zero.</summary>
    /// <param name="rank">R, 1 or more.</param>
    /// <param name="alpha">Above 0.</param>
    /// <param name="towers">Which towers learn; the other stays as it is.</param>
    /// <param name="seed">Of A.</param>
    /// <exception cref="ArgumentException">A tower has no blocks: a ResNet.</exception>
    public void AddLowRank(int rank, double alpha, (bool Image, bool Text) towers, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        using var scope = NewDisposeScope();
        using var none = no_grad();
        foreach (var (_, parameter) in NamedParameters().Where(p => p.Name is not ("logit_scale" or "logit_bias")))
        {
            parameter.requires_grad = false;
        }

        lock (Random)
        {
            manual_seed(seed);
            foreach (var (tower, learns) in ((nn.Module, bool)[])[(_image, towers.Image), (_text, towers.Text)])
            {
                if (learns && LowRankUpdates.Add(tower, rank, alpha / rank) == 0)
                {
                    throw new ArgumentException("A ResNet has no blocks.", nameof(towers));
                }
            }
        }

        foreach (var (_, parameter) in NamedParameters())
        {
            parameter.DetachFromDisposeScope();
        }
    }

    /// <summary>Every parameter under its name in weight files.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters() =>
        _image.named_parameters().Select(p => ($"visual.{p.name}", p.parameter))
            .Concat(_text.named_parameters().Select(p => (p.name, p.parameter)))
            .Append(("logit_scale", LogitScale)).Concat(LogitBias is null ? [] : [("logit_bias", LogitBias)]);

    /// <summary>Running statistics of a ResNet's batch norms under their names in weight files.</summary>
    public IEnumerable<(string Name, Tensor Buffer)> NamedBuffers() =>
        _image.named_buffers().Select(b => ($"visual.{b.name}", b.buffer));

    /// <summary>Where the weights are.</summary>
    public Device Device => LogitScale.device;

    /// <summary>Switches batch statistics on or off; those of norms that are locked stay off.</summary>
    public void Train(bool on = true)
    {
        _image.train(on);
        _text.train(on);
        foreach (var norm in _image.modules().OfType<Towers.BatchNorm>().Where(norm => !norm.Weight.requires_grad))
        {
            norm.train(false);
        }
    }

    /// <summary>Keeps embeddings, attentions and perceptrons of the text tower, or of both, in 16 bits: rounded to nearest here,
    /// once. Norms, positions and the last projection stay float32, and so does what flows between two blocks.</summary>
    /// <param name="type">Float16 or BFloat16.</param>
    /// <param name="imageToo">Whether the image tower follows.</param>
    internal void KeepMatricesAs(ScalarType type, bool imageToo)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        foreach (var part in _text.modules().Concat(imageToo ? _image.modules() : [])
            .Where(m => m is Linear or Conv2d or Embedding or Attention))
        {
            part.to(type);
        }

        foreach (var (_, parameter) in NamedParameters())
        {
            parameter.DetachFromDisposeScope();
        }
    }

    /// <summary>Moves all that the model owns. Parameters are others afterwards: an optimizer takes them after that.</summary>
    internal void To(Device device)
    {
        if (device.type == Device.type && device.index == Device.index)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var none = no_grad();
        _image.to(device);
        _text.to(device);
        LogitScale = Moved(LogitScale);
        LogitBias = LogitBias is { } bias ? Moved(bias) : null;
        _normalization = (Placed(_normalization.Mean), Placed(_normalization.Deviation));
        foreach (var (_, owned) in NamedWeights())
        {
            owned.DetachFromDisposeScope();
        }

        Parameter Moved(Parameter parameter)
        {
            using (parameter)
            {
                return new Parameter(parameter.to(device), parameter.requires_grad);
            }
        }

        Tensor Placed(Tensor tensor)
        {
            using (tensor)
            {
                return tensor.to(device).DetachFromDisposeScope();
            }
        }
    }

    /// <summary>Switches to evaluation until disposed, then back to what it was.</summary>
    internal IDisposable Evaluating()
    {
        var training = _image.training;
        Train(false);
        return new Restore(() => Train(training));
    }

    /// <summary>Pictures to unit vectors, with gradient.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, E] float32.</returns>
    /// <exception cref="ArgumentException">The pixels are of another type or shape: normalised ones would be normalised once
    /// more.</exception>
    public Tensor EncodeImages(Tensor pixels)
    {
        CheckPixels(pixels);
        return ImageChain().Run(pixels);
    }

    /// <summary>Pictures to what the tower gives before its last projection (see <see cref="IClipEncoder.EncodeImageFeatures"/>),
    /// with gradient.</summary>
    /// <param name="pixels">uint8 [B, 3, H, W].</param>
    /// <returns>[B, D] float32, not of unit length.</returns>
    /// <exception cref="ArgumentException">The pixels are of another type or shape.</exception>
    public Tensor EncodeImageFeatures(Tensor pixels)
    {
        CheckPixels(pixels);
        var tower = _image is VisionTransformer transformer ? transformer.FeatureChain() : ((ModifiedResNet)_image).Chain();
        IReadOnlyList<Func<Tensor, Tensor>> parts = [first => Begin(tower[0], first), .. tower.Skip(1)];
        return parts.Run(pixels);
    }

    private void CheckPixels(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var size = Config.Vision.ImageSize;
        if (pixels.dtype != ScalarType.Byte || pixels.shape is not [_, 3, var height, var width] || height != size.Height
            || width != size.Width)
        {
            throw new ArgumentException(
                $"Pixels are uint8 [B, 3, {size.Height}, {size.Width}], 0 to 255 as decoded, not {pixels.dtype} [{string.Join(", ", pixels.shape)}]; "
                + "the model normalises them.", nameof(pixels));
        }
    }

    /// <summary>Texts to unit vectors, with gradient.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B]: where each text's feature is read, as <see cref="ToTensors"/> gives it.</param>
    /// <returns>[B, E] float32.</returns>
    public Tensor EncodeTexts(Tensor ids, Tensor readPositions) => TextChain(ids, readPositions).Run(ids);

    /// <summary>From pictures, uint8 [B, 3, H, W], to unit vectors [B, E], part by part.</summary>
    /// <param name="keptPatches">int64 [B, K], the patches that a ViT shall see of each picture; null = all.</param>
    internal IReadOnlyList<Func<Tensor, Tensor>> ImageChain(Tensor? keptPatches = null)
    {
        var tower = _image switch
        {
            VisionTransformer transformer => transformer.Chain(keptPatches),
            ModifiedResNet network => network.Chain(),
            _ => throw new InvalidOperationException(_image.GetName()),
        };
        return [pixels => Begin(tower[0], pixels), .. tower.Skip(1).SkipLast(1), state => End(tower[^1], state)];
    }

    /// <summary>From ids to unit vectors [B, E], part by part.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <param name="readPositions">int64 [B].</param>
    internal IReadOnlyList<Func<Tensor, Tensor>> TextChain(Tensor ids, Tensor readPositions)
    {
        var tower = _text.Chain(ids, readPositions);
        return [.. tower.SkipLast(1), state => End(tower[^1], state)];
    }

    /// <summary>Pictures, uint8 [B, 3, H, W], as the towers take them, float32.</summary>
    internal Tensor Normalized(Tensor pixels) => pixels.to(float32).sub_(_normalization.Mean).div_(_normalization.Deviation);

    private Tensor Begin(Func<Tensor, Tensor> part, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return part(Normalized(pixels)).MoveToOuterDisposeScope();
    }

    private static Tensor End(Func<Tensor, Tensor> part, Tensor state)
    {
        using var scope = NewDisposeScope();
        return Unit(part(state)).MoveToOuterDisposeScope();
    }

    /// <summary>A batch of pictures as a tensor on the CPU, uint8 [B, 3, H, W]: the batch's own memory, not a copy.</summary>
    public static Tensor ToTensor(PixelBatch pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using var scope = NewDisposeScope();
        var bytes = pixels.Bytes.Memory switch
        {
            byte[] values => frombuffer(values, ScalarType.Byte),
            var words => ByteView.Of(frombuffer(words, ScalarType.Int64)),
        };
        return bytes.narrow(0, 0, pixels.Bytes.Length).view(pixels.Count, 3, pixels.Size.Height, pixels.Size.Width)
            .MoveToOuterDisposeScope();
    }

    /// <summary>A batch of texts as tensors: ids, int64 [B, L], and where each text's feature is read, [B]. Under a causal mask
    /// nothing behind that place is ever seen, and the batch is cut behind the last one, unless a class token stands behind
    /// all.</summary>
    public (Tensor Ids, Tensor ReadPositions) ToTensors(TokenBatch tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var places = Config.Text.ReadPositions(tokens);
        var ids = tensor(tokens.Ids, [tokens.Count, tokens.ContextLength], ScalarType.Int64);
        return scope.MoveToOuter(
            ids.narrow(1, 0, Config.Text.LengthSeen(tokens, places)).contiguous(), tensor(places, ScalarType.Int64));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _image.Dispose();
        _text.Dispose();
        LogitScale.Dispose();
        LogitBias?.Dispose();
        _normalization.Mean.Dispose();
        _normalization.Deviation.Dispose();
    }

    private sealed class Restore(Action action) : IDisposable
    {
        public void Dispose() => action();
    }

    internal static Tensor Unit(Tensor features)
    {
        var wide = features.to(float32);
        return wide / wide.norm(1, keepdim: true, p: 2);
    }

    private static Tensor Plane(IReadOnlyList<double> values) =>
        tensor(values.Select(v => (float)(v * 255)).ToArray()).view(1, 3, 1, 1).DetachFromDisposeScope();
}
