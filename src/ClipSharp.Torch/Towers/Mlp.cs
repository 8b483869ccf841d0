using ClipSharp.Models.Towers;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Towers.Updates;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>The two-layer network of a block.</summary>
internal sealed class Mlp : nn.Module<Tensor, Tensor>
{
    private readonly Activation _activation;

    [ComponentName(Name = "c_fc")]
    private readonly Linear _expand;

    [ComponentName(Name = "c_proj")]
    private readonly Linear _project;

    private LowRank? _expandUpdate;
    private LowRank? _projectUpdate;

    public Mlp(BlockStack blocks, Layers layers) : base(nameof(Mlp))
    {
        _activation = blocks.Activation;
        _expand = layers.Linear(blocks.Width, blocks.MlpWidth);
        _project = layers.Linear(blocks.MlpWidth, blocks.Width);
        RegisterComponents();
    }

    public Linear Expand => _expand;

    public Linear Project => _project;

    /// <summary>Lets something be learnt beside its matrices.</summary>
    public void AddLowRank(int rank, double scale)
    {
        register_module("c_fc" + LowRankUpdates.Ending, _expandUpdate = new LowRank(_expand.weight!, 1, rank, scale));
        register_module("c_proj" + LowRankUpdates.Ending, _projectUpdate = new LowRank(_project.weight!, 1, rank, scale));
    }

    /// <param name="input">[..., D].</param>
    /// <returns>[..., D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = Products.Linear(input, _expand.weight!, _expand.bias!, _expandUpdate);                   // [..., 4D]
        return Products.Linear(Activate(hidden), _project.weight!, _project.bias!, _projectUpdate).MoveToOuterDisposeScope();
    }

    /// <summary>What stands between the two maps; of the input's shape and type.</summary>
    public Tensor Activate(Tensor hidden) => _activation switch
    {
        Activation.QuickGelu => QuickGelu.Apply(hidden),
        Activation.TanhGelu => hidden.gelu(GELU.Approximate.tanh),
        _ => nn.functional.gelu(hidden),
    };
}
