def test_unknown_host_gets_404(client, db):
    assert client.get("/", headers={"host": "nobody.example"}).status_code == 404


def test_tenant_host_is_found(site, client_at):
    assert client_at(site).get("/health/ready").status_code == 200
