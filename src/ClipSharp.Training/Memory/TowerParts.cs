using ClipSharp.Models;
using ClipSharp.Models.Towers;

namespace ClipSharp.Training.Memory;

/// <summary>One part of a tower's chain on a tape: from what enters to what leaves.</summary>
internal delegate Value TapePart(Tape tape, Value input);

/// <summary>A tower's list of layers as parts of a tape.</summary>
/// <param name="config">The model.</param>
/// <param name="isImage">Which tower.</param>
/// <param name="formats">In what it computes.</param>
/// <param name="isTrained">Whether a layer is, as <see cref="TowerLayers"/> counts them.</param>
internal sealed class TowerParts(ModelConfig config, bool isImage, TowerFormats formats, Func<int, bool> isTrained)
{
    private readonly Tower _tower = isImage ? Tower.Image(config) : Tower.Text(config);
    private readonly TowerLayers _layers = new(config);

    /// <summary>The parts, for a number of rows. A batch of texts is cut to its longest and takes less than its full
    /// context.</summary>
    public IReadOnlyList<TapePart> Of(long rows) =>
    [
        .. _tower.Parts.Select((layers, index) => (TapePart)((tape, input) => tape.Scope(() =>
        {
            var state = Run(tape, layers, input, rows);
            return index < _tower.Parts.Count - 1
                ? state
                : new TapeLayers(tape, formats).Unit(state, rows, config.EmbedDim);
        }))),
    ];

    private Value Run(Tape tape, IReadOnlyList<TowerLayer> layers, Value state, long rows)
    {
        var (transformer, network) = (new TransformerTape(tape, formats, rows), new ResNetTape(tape, formats, rows));
        for (var i = 0; i < layers.Count; i++)
        {
            var isTrained = IsTrained(layers[i]);
            switch (layers[i])
            {
                case PatchEmbedding patches:
                    state = transformer.Patches(patches, isTrained);
                    break;
                case OwnParameter or Positions:
                    (state, i) = Placed(tape, transformer, layers, state, i);
                    break;
                case TokenEmbedding tokens:
                    state = transformer.Tokens(tokens, config.Text.ContextLength, isTrained);
                    break;
                case PatchDropout kept:
                    state = transformer.Kept(state, kept, config.ImageBlocks.Width, config.Vision.HasClassToken);
                    break;
                case NormLayer norm:
                    state = new TapeLayers(tape, formats).Norm(state, rows * norm.Rows, isTrained);
                    break;
                case TransformerBlock block:
                    state = transformer.Block(state, block, isTrained);
                    break;
                case RowPooling row:
                    state = transformer.Row(state, row);
                    break;
                case AveragePooling average:
                    state = transformer.Average(state, average);
                    break;
                case AttentionPooling pooling:
                    state = transformer.Attend(state, pooling, isTrained);
                    break;
                case Projection projection:
                    state = transformer.Projected(state, projection, isTrained);
                    break;
                case ResNetStem stem:
                    state = network.Stem(stem, isTrained);
                    break;
                case Bottleneck block:
                    state = network.Block(state, block, isTrained);
                    break;
                case GridPooling pool:
                    state = network.Pool(state, pool, isTrained);
                    break;
                default:
                    throw new InvalidOperationException($"The ledger knows no {layers[i].GetType().Name}.");
            }
        }

        return state;
    }

    // The class token's row lives until positions are added.
    private static (Value State, int Index) Placed(
        Tape tape, TransformerTape transformer, IReadOnlyList<TowerLayer> layers, Value state, int index)
    {
        var last = layers[index] is OwnParameter ? index + 1 : index;
        var positions = (Positions)layers[last];
        return (tape.Scope(() => transformer.Placed(
            last > index ? transformer.Joined(state, positions.Rows) : state, positions)), last);
    }

    private bool IsTrained(TowerLayer layer) =>
        layer.Weights.FirstOrDefault() is { } first && _layers.Of(first.Name) is var (_, place) && isTrained(place);
}
