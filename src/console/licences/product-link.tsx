import { Link } from '@tanstack/react-router';

interface ProductLinkProps {
  readonly product: { readonly id: string; readonly vendor: string; readonly name: string };
}

/** A product by its maker and name, as the way to its page. */
export function ProductLink({ product: { id, vendor, name } }: ProductLinkProps) {
  return (
    <Link to="/licences/products/$id" params={{ id }}>
      {vendor} {name}
    </Link>
  );
}
