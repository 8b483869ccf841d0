using ClipSharp.Models;
using ClipSharp.Models.Towers;
using ClipSharp.Torch.Towers;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Inference;

/// <summary>A model on a disk that is read as it is packed: a block at a time, so that no tower is in memory twice, and the text
/// tower when it is asked for. The files stay open until then. That all weights are there and of the right shapes is known
/// since the files were opened.</summary>
internal sealed class StoredTowers : IDisposable
{
    private readonly ModelFiles _files;
    private readonly (long Length, DateTime Time)[] _state;
    private readonly ModelWeights _weights;

    /// <summary>Reads the image tower but for its blocks.</summary>
    /// <exception cref="ClipException">The weights cannot be read.</exception>
    public StoredTowers(ModelFiles files)
    {
        (_files, _state) = (files, StateOf(files));
        Model = ClipModel.Blank(files, Layers.BlankOutsideBlocks);
        try
        {
            _weights = files.OpenWeights();
            Read(ofTexts: false);
        }
        catch
        {
            Dispose();
            Model.Dispose();
            throw;
        }
    }

    /// <summary>The model without the blocks of its transformers; its caller disposes it.</summary>
    public ClipModel Model { get; }

    /// <summary>Of a ViT, each read when it is asked for and gone when the next is.</summary>
    /// <exception cref="ClipException">The files cannot be read any more.</exception>
    public IEnumerable<ResidualBlock> ImageBlocks => Blocks("visual.transformer", Model.Config.ImageBlocks);

    /// <inheritdoc cref="ImageBlocks"/>
    public IEnumerable<ResidualBlock> TextBlocks => Blocks("transformer", Model.Config.TextBlocks);

    /// <summary>Reads the text tower but for its blocks.</summary>
    /// <exception cref="ClipException">The files have changed, so that the towers might not belong together, or cannot be
    /// read.</exception>
    public void ReadTexts()
    {
        if (!StateOf(_files).SequenceEqual(_state))
        {
            throw new ClipException(ClipError.Data, "The weights have changed since the pictures' tower was read",
                _files.Location, "files of another length or time, or none", "the files as they were", "Load the model again.");
        }

        Read(ofTexts: true);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _weights?.Dispose();

    private static (long Length, DateTime Time)[] StateOf(ModelFiles files) =>
        [.. files.WeightsPaths.Select(path => new FileInfo(path))
            .Select(file => file.Exists ? (file.Length, file.LastWriteTimeUtc) : default)];

    private void Read(bool ofTexts)
    {
        var texts = Model.Text.named_parameters().Select(parameter => parameter.name).ToHashSet();
        StateDict.Copy(_weights.Tensors, Model.NamedWeights().Where(weight => texts.Contains(weight.Name) == ofTexts),
            _files.Location);
    }

    // In the same memory one after the other.
    private IEnumerable<ResidualBlock> Blocks(string tower, BlockStack stack)
    {
        using var block = ResidualBlock.Blank(stack);
        for (var i = 0; i < stack.Count; i++)
        {
            var name = FormattableString.Invariant($"{tower}.resblocks.{i}.");
            var targets = block.named_parameters().Select(p => (name + p.name, (Tensor)p.parameter));
            StateDict.Copy(_weights.Tensors, targets, _files.Location);
            yield return block;
        }
    }
}
