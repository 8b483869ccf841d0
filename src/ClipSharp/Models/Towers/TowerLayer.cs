namespace ClipSharp.Models.Towers;

/// <summary>A layer of a tower: the weights it has, and what it multiplies and adds for one picture or text. What a training step
/// keeps of it, the ledger reads from its sizes.</summary>
/// <param name="Name">What the names of its weights begin with.</param>
internal abstract record TowerLayer(string Name)
{
    /// <summary>Its weights under our names.</summary>
    public virtual IEnumerable<StateDictEntry> Weights => [];

    /// <summary>Convolutions, linear maps and the two products of attention.</summary>
    public virtual double MultiplyAdds => 0;

    protected static IEnumerable<StateDictEntry> Linear(string name, int inputs, int outputs) =>
        [new(name + ".weight", [outputs, inputs]), new(name + ".bias", [outputs])];

    protected static IEnumerable<StateDictEntry> Norm(string name, int width) =>
        [new(name + ".weight", [width]), new(name + ".bias", [width])];
}

/// <summary>Numbers that are a parameter themselves: the class token, the logit scale.</summary>
internal sealed record OwnParameter(string Name, params long[] Shape) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights => [new(Name, Shape)];
}

/// <summary>Pictures to patches, each projected to a token: a convolution whose kernel is its stride.</summary>
/// <param name="Name">Of the convolution.</param>
/// <param name="Side">P.</param>
/// <param name="Patches">G.</param>
/// <param name="Width">D.</param>
/// <param name="HasBias">Whether a bias is added.</param>
internal sealed record PatchEmbedding(string Name, int Side, long Patches, int Width, bool HasBias) : TowerLayer(Name)
{
    /// <summary>Numbers of a patch.</summary>
    public long PatchNumbers => 3L * Side * Side;

    public override IEnumerable<StateDictEntry> Weights =>
    [
        new(Name + ".weight", [Width, 3, Side, Side]),
        .. HasBias ? [new(Name + ".bias", [Width])] : (StateDictEntry[])[],
    ];

    public override double MultiplyAdds => (double)Patches * PatchNumbers * Width;
}

/// <summary>Token ids to vectors.</summary>
/// <param name="Name">Of the table.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Width">D.</param>
internal sealed record TokenEmbedding(string Name, int Vocabulary, int Width) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights => [new(Name + ".weight", [Vocabulary, Width])];
}

/// <summary>A row for each place, added.</summary>
/// <param name="Name">Of the table.</param>
/// <param name="Rows">T.</param>
/// <param name="Width">D.</param>
internal sealed record Positions(string Name, long Rows, int Width) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights => [new(Name, [Rows, Width])];
}

/// <summary>Training leaves patches out; the class token stays (FLIP, Li et al. 2023).</summary>
/// <param name="Kept">How many patches stay.</param>
internal sealed record PatchDropout(long Kept) : TowerLayer(string.Empty);

/// <summary>Layer norm.</summary>
/// <param name="Name">Its.</param>
/// <param name="Rows">How many it norms.</param>
/// <param name="Width">D.</param>
internal sealed record NormLayer(string Name, long Rows, int Width) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights => Norm(Name, Width);
}

/// <summary>One block.</summary>
/// <param name="Name">Its.</param>
/// <param name="Tokens">T.</param>
/// <param name="Shape">All blocks'.</param>
/// <param name="HidesPadding">Whether each text has a mask of its own.</param>
internal sealed record TransformerBlock(string Name, long Tokens, BlockStack Shape, bool HidesPadding) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights =>
    [
        new(Name + ".attn.in_proj_weight", [3L * Shape.Width, Shape.Width]),
        new(Name + ".attn.in_proj_bias", [3L * Shape.Width]),
        .. Linear(Name + ".attn.out_proj", Shape.Width, Shape.Width),
        .. Norm(Name + ".ln_1", Shape.Width),
        .. Scale(Name + ".ls_1"),
        .. Linear(Name + ".mlp.c_fc", Shape.Width, Shape.MlpWidth),
        .. Linear(Name + ".mlp.c_proj", Shape.MlpWidth, Shape.Width),
        .. Norm(Name + ".ln_2", Shape.Width),
        .. Scale(Name + ".ls_2"),
    ];

    public override double MultiplyAdds
    {
        get
        {
            double tokens = Tokens, width = Shape.Width;
            return (tokens * ((4 * width * width) + (2 * width * Shape.MlpWidth))) + (2 * tokens * tokens * width);
        }
    }

    private IEnumerable<StateDictEntry> Scale(string name) =>
        Shape.LayerScale is null ? [] : [new(name + ".gamma", [Shape.Width])];
}

/// <summary>One row of the state is read.</summary>
/// <param name="Width">D.</param>
internal sealed record RowPooling(int Width) : TowerLayer(string.Empty);

/// <summary>The mean of rows.</summary>
/// <param name="Rows">Of how many.</param>
/// <param name="Width">D.</param>
internal sealed record AveragePooling(long Rows, int Width) : TowerLayer(string.Empty);

/// <summary>A learnt query asks all tokens, and a perceptron is added to the answer.</summary>
/// <param name="Name">Its.</param>
/// <param name="Tokens">T.</param>
/// <param name="Shape">The tower's blocks, whose sizes it has.</param>
internal sealed record AttentionPooling(string Name, long Tokens, BlockStack Shape) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights =>
    [
        new(Name + ".latent", [Shape.Width]),
        new(Name + ".in_proj_weight", [3L * Shape.Width, Shape.Width]),
        new(Name + ".in_proj_bias", [3L * Shape.Width]),
        .. Linear(Name + ".out_proj", Shape.Width, Shape.Width),
        .. Norm(Name + ".ln", Shape.Width),
        .. Linear(Name + ".mlp.c_fc", Shape.Width, Shape.MlpWidth),
        .. Linear(Name + ".mlp.c_proj", Shape.MlpWidth, Shape.Width),
    ];

    public override double MultiplyAdds
    {
        get
        {
            double tokens = Tokens, width = Shape.Width;
            return (2 * tokens * width * width) + (2 * width * width) + (2 * tokens * width) + (2 * width * Shape.MlpWidth);
        }
    }
}

/// <summary>Into the joint space.</summary>
/// <param name="Name">Of the matrix, [D, E]; a bias is called the same with "_bias" behind it.</param>
/// <param name="Inputs">D.</param>
/// <param name="Outputs">E.</param>
/// <param name="HasBias">Whether a bias is added.</param>
internal sealed record Projection(string Name, int Inputs, int Outputs, bool HasBias) : TowerLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights =>
        [new(Name, [Inputs, Outputs]), .. HasBias ? [new(Name + "_bias", [Outputs])] : (StateDictEntry[])[]];

    public override double MultiplyAdds => (double)Inputs * Outputs;
}
