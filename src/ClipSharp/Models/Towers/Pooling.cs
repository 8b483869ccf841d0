namespace ClipSharp.Models.Towers;

/// <summary>How a picture's tokens become one vector.</summary>
public enum ImagePooling
{
    /// <summary>The class token, which stands first.</summary>
    ClassToken,

    /// <summary>The mean of the patches, a class token left out.</summary>
    Average,

    /// <summary>Attention of one learnt query over all tokens and a perceptron behind it (SigLIP; <c>AttentionPoolLatent</c> in
    /// timm, <c>SiglipMultiheadAttentionPoolingHead</c> in transformers).</summary>
    Attention,
}

/// <summary>At which token a text's feature is read.</summary>
public enum TextPooling
{
    /// <summary>The first with the largest id, which CLIP's end token has.</summary>
    Largest,

    /// <summary>The first of the row.</summary>
    First,

    /// <summary>The last of the row, be it padding.</summary>
    Last,

    /// <summary>The first end token.</summary>
    End,

    /// <summary>A learnt class token, which stands behind the text (CoCa).</summary>
    ClassToken,
}
